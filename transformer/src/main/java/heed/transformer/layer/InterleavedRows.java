package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a quantised weight {@code [out, in]} side by side, so that lanes are rows and nothing
 * is summed across them. A tile is {@link #ROWS} rows, those behind the last zeros. There are
 *
 * <ul>
 *   <li>the scales of its rows, binary16, two neighbours in an int: the first int of each row, then
 *       the second of each, and so on. A block of Q4_1 has two, d and m; so has one of Q4_0 here:
 *       {@code d (q − 8) = d q + m} with {@code m = −8 d}, a binary16 too. A block of Q8_0 has one;
 *   <li>the numbers in groups of four, as the file has them: the first of each row, then the
 *       second, and so on. A group of Q8_0 is an int. One of 4 bits is half an int, whose upper
 *       half is the group of the row a vector further on.
 * </ul>
 *
 * <p>The scales of all tiles lie before the numbers of all tiles: processors fetch ahead what is
 * read on and on, and with the scales of each tile before its numbers they do so at a third of the
 * speed.
 */
final class InterleavedRows {
    /** Rows of a tile: two vectors. */
    static final int ROWS = 2 * WIDTH;

    /** Numbers of a group. */
    static final int GROUP = 4;

    /** Bytes of a vector of ints. */
    static final long VECTOR = (long) WIDTH * Integer.BYTES;

    private static final int BLOCK = QuantizedLanes.BLOCK;
    private static final int TILES_PER_TASK = 8;

    /** The exponent of a binary16 that is infinite or NaN. */
    private static final int NOT_FINITE = 0x7C00;

    // A binary16 whose bits lie 13 further left is a float with the exponent's bias too small by
    // 112.
    private static final int SIGN_EXPONENT_FRACTION = 0x8FFFE000;
    private static final int TO_FRACTION = 3;
    private static final float BIAS = 0x1p112f;

    private final MemorySegment data;
    private final int out;
    private final int blocks;
    private final int scaleInts;
    private final int numberInts;

    private InterleavedRows(StoredTensor weight) {
        out = weight.shape().get(0);
        blocks = weight.shape().get(1) / BLOCK;
        boolean bytes = weight.type() == ElementType.Q8_0;
        scaleInts = (bytes ? (blocks + 1) / 2 : blocks) * ROWS;
        numberInts = blocks * (BLOCK / GROUP) * (bytes ? 2 : 1) * WIDTH;
        data = Arena.ofAuto().allocate(numbers(tiles()), 2 * VECTOR);
    }

    /** Whether weights of a type can be laid out so. */
    static boolean suits(ElementType type) {
        return type == ElementType.Q4_0 || type == ElementType.Q4_1 || type == ElementType.Q8_0;
    }

    /**
     * A copy of a weight in this layout.
     *
     * @return null if a scale of it is not finite, or would not be
     */
    static @Nullable InterleavedRows of(StoredTensor weight) {
        InterleavedRows rows = new InterleavedRows(weight);
        AtomicBoolean finite = new AtomicBoolean(true);
        ThreadTeam.run(
                ThreadTeam.defaultThreads(),
                (rows.tiles() + TILES_PER_TASK - 1) / TILES_PER_TASK,
                () -> rows.copier(weight, finite));
        return finite.get() ? rows : null;
    }

    private IntConsumer copier(StoredTensor weight, AtomicBoolean finite) {
        int[] tile = new int[scaleInts + numberInts];
        return task -> {
            int end = Math.min(tiles(), (task + 1) * TILES_PER_TASK);
            for (int t = task * TILES_PER_TASK; t < end; t++) {
                Arrays.fill(tile, 0);
                for (int r = 0; r < Math.min(ROWS, out - t * ROWS); r++) {
                    if (!copy(weight, t * ROWS + r, tile, r)) {
                        finite.set(false);
                        return;
                    }
                }
                store(tile, 0, scaleInts, scales(t));
                store(tile, scaleInts, numberInts, numbers(t));
            }
        };
    }

    private void store(int[] tile, int from, int count, long to) {
        MemorySegment.copy(tile, from, data, ValueLayout.JAVA_INT, to, count);
    }

    /** Copies a row of the weight to a tile of zeros; whether its scales are finite. */
    private boolean copy(StoredTensor weight, int row, int[] tile, int r) {
        MemorySegment from = weight.data();
        int bytes = weight.type().bytesPerBlock();
        boolean finite = true;
        for (int b = 0; b < blocks; b++) {
            long at = ((long) row * blocks + b) * bytes;
            int scales =
                    switch (weight.type()) {
                        case Q4_1 -> QuantizedLanes.integer(from, at);
                        case Q4_0 -> centred(QuantizedLanes.bits(from, at));
                        default -> QuantizedLanes.bits(from, at);
                    };
            finite &= (scales & NOT_FINITE) != NOT_FINITE;
            finite &= (scales >>> 16 & NOT_FINITE) != NOT_FINITE;
            switch (weight.type()) {
                case Q8_0 -> {
                    tile[b / 2 * ROWS + r] |= scales << (b % 2 * 16);
                    copyBytes(from, at + bytes - BLOCK, tile, b, r);
                }
                default -> {
                    tile[b * ROWS + r] = scales;
                    copyHalfBytes(from, at + bytes - BLOCK / 2, tile, b, r);
                }
            }
        }
        return finite;
    }

    private void copyBytes(MemorySegment from, long at, int[] tile, int block, int r) {
        int to = scaleInts + block * (BLOCK / GROUP) * ROWS + r;
        for (int i = 0; i < BLOCK / GROUP; i++) {
            tile[to + i * ROWS] = QuantizedLanes.integer(from, at + (long) i * Integer.BYTES);
        }
    }

    private void copyHalfBytes(MemorySegment from, long at, int[] tile, int block, int r) {
        int to = scaleInts + block * (BLOCK / GROUP) * WIDTH + r % WIDTH;
        int shift = r / WIDTH * 16;
        for (int i = 0; i < BLOCK / GROUP; i++) {
            tile[to + i * WIDTH] |= QuantizedLanes.bits(from, at + (long) i * Short.BYTES) << shift;
        }
    }

    /** d and −8 d, in the upper half. */
    private static int centred(int d) {
        short minimum = Float.floatToFloat16(-8 * Float.float16ToFloat((short) d));
        return d | minimum << 16;
    }

    int out() {
        return out;
    }

    /** Blocks of a row. */
    int blocks() {
        return blocks;
    }

    MemorySegment data() {
        return data;
    }

    private int tiles() {
        return (out + ROWS - 1) / ROWS;
    }

    private long scales(int tile) {
        return (long) tile * scaleInts * Integer.BYTES;
    }

    /** Where the numbers of a tile begin. */
    long numbers(int tile) {
        return scales(tiles()) + (long) tile * numberInts * Integer.BYTES;
    }

    /** An array for {@link #scales}. */
    float[] newScales() {
        return new float[2 * scaleInts];
    }

    /**
     * The scales of a tile as floats.
     *
     * @param to {@code [scales, ROWS]}; overwritten
     */
    void scales(int tile, float[] to) {
        long at = scales(tile);
        for (int i = 0; i < scaleInts / ROWS; i++) {
            for (int lane = 0; lane < ROWS; lane += WIDTH, at += VECTOR) {
                IntVector both = QuantizedLanes.integers(data, at);
                IntVector first = both.lanewise(VectorOperators.LSHL, 16);
                floats(first).intoArray(to, 2 * i * ROWS + lane);
                floats(both).intoArray(to, (2 * i + 1) * ROWS + lane);
            }
        }
    }

    /** Binary16 in the upper halves of ints. */
    private static FloatVector floats(IntVector halves) {
        return halves.lanewise(VectorOperators.ASHR, TO_FRACTION)
                .and(SIGN_EXPONENT_FRACTION)
                .reinterpretAsFloats()
                .mul(FloatVector.broadcast(FLOATS, BIAS));
    }
}

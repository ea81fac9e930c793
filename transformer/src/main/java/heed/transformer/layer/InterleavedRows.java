package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a quantised weight {@code [out, in]} side by side, so that lanes are rows and nothing
 * is summed across them. A tile is {@link #ROWS} rows. A row is a line of ints: its scales,
 * binary16, two in an int; then the numbers of its blocks, four bytes in an int, as the file has
 * them. A tile holds the first int of all its rows, then the second of all, and so on: {@code
 * [ints, ROWS]}. Rows behind the last are zeros.
 *
 * <p>A block of Q4_1 has two scales, d and m. So has one of Q4_0 here: {@code d (q − 8) = d q + m}
 * with {@code m = −8 d}, which is a binary16 too. A block of Q8_0 has one.
 */
final class InterleavedRows {
    /** Rows of a tile: two vectors. */
    static final int ROWS = 2 * WIDTH;

    /** Bytes from an int of a row to its next. */
    static final long STEP = (long) ROWS * Integer.BYTES;

    /** Bytes from an int of a tile's first half of rows to that of its second. */
    static final long HALF_STEP = STEP / 2;

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
    private final int ints;

    private InterleavedRows(StoredTensor weight) {
        out = weight.shape().get(0);
        blocks = weight.shape().get(1) / BLOCK;
        scaleInts = (blocks * scales(weight.type()) + 1) / 2;
        ints = scaleInts + blocks * numberInts(weight.type());
        // Who reads at half an int reads beyond the last one.
        data = Arena.ofAuto().allocate(tiles() * tileBytes() + Integer.BYTES, STEP);
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

    private static int scales(ElementType type) {
        return type == ElementType.Q8_0 ? 1 : 2;
    }

    private static int numberInts(ElementType type) {
        return type == ElementType.Q8_0 ? BLOCK / 4 : BLOCK / 8;
    }

    private IntConsumer copier(StoredTensor weight, AtomicBoolean finite) {
        int[] tile = new int[ints * ROWS];
        return task -> {
            int end = Math.min(tiles(), (task + 1) * TILES_PER_TASK);
            for (int t = task * TILES_PER_TASK; t < end; t++) {
                for (int r = 0; r < ROWS; r++) {
                    if (t * ROWS + r >= out) {
                        clear(tile, r);
                    } else if (!copy(weight, t * ROWS + r, tile, r)) {
                        finite.set(false);
                        return;
                    }
                }
                MemorySegment.copy(
                        tile, 0, data, ValueLayout.JAVA_INT, t * tileBytes(), tile.length);
            }
        };
    }

    private static void clear(int[] tile, int column) {
        for (int i = column; i < tile.length; i += ROWS) {
            tile[i] = 0;
        }
    }

    /** Copies a row of the weight to a column of a tile; whether its scales are finite. */
    private boolean copy(StoredTensor weight, int row, int[] tile, int column) {
        MemorySegment from = weight.data();
        int blockBytes = weight.type().bytesPerBlock();
        int numberInts = numberInts(weight.type());
        int header = blockBytes - numberInts * Integer.BYTES;
        long at = (long) row * blocks * blockBytes;
        boolean finite = true;
        for (int b = 0; b < blocks; b++, at += blockBytes) {
            int scales =
                    switch (weight.type()) {
                        case Q4_1 -> QuantizedLanes.integer(from, at);
                        case Q4_0 -> centred(QuantizedLanes.bits(from, at));
                        default -> QuantizedLanes.bits(from, at);
                    };
            finite &= (scales & NOT_FINITE) != NOT_FINITE;
            finite &= (scales >>> 16 & NOT_FINITE) != NOT_FINITE;
            if (weight.type() != ElementType.Q8_0) {
                tile[b * ROWS + column] = scales;
            } else if (b % 2 == 0) {
                tile[b / 2 * ROWS + column] = scales;
            } else {
                tile[b / 2 * ROWS + column] |= scales << 16;
            }
            int to = (scaleInts + b * numberInts) * ROWS + column;
            for (int i = 0; i < numberInts; i++, to += ROWS) {
                tile[to] = QuantizedLanes.integer(from, at + header + (long) i * Integer.BYTES);
            }
        }
        return finite;
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

    private long tileBytes() {
        return ints * STEP;
    }

    /** Where the numbers of a tile begin. */
    long numbers(int tile) {
        return tile * tileBytes() + scaleInts * STEP;
    }

    /** An array for {@link #scales}. */
    float[] newScales() {
        return new float[2 * scaleInts * ROWS];
    }

    /**
     * The scales of a tile as floats.
     *
     * @param to {@code [scales, ROWS]}; overwritten
     */
    void scales(int tile, float[] to) {
        long at = tile * tileBytes();
        for (int i = 0; i < scaleInts; i++) {
            for (int lane = 0; lane < ROWS; lane += WIDTH, at += HALF_STEP) {
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

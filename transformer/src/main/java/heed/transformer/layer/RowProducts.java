package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.INTS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Lanes;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Dot products of rows of a stored weight with a vector x. Rows of Q4_1 and Q8_0 are multiplied as
 * they are, in blocks of 32:
 *
 * <ul>
 *   <li>Q4_1: {@code Σ (d q + m) x = d Σ q x + m Σ x}, where Σ x of a block is made once for all
 *       rows;
 *   <li>Q8_0: {@code Σ d q x = d Σ q x}.
 * </ul>
 *
 * <p>Each is exact but for the rounding of its sums: x stays in single precision. Rows of other
 * types are made floats first.
 */
final class RowProducts {
    /** Elements of a block of Q4_1 and Q8_0. */
    static final int BLOCK = 32;

    private static final int HALF_BLOCK = BLOCK / 2;

    /** As many bytes as a vector has floats: there is no such species of four. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * WIDTH)));

    private static final boolean FITS = BYTES.length() == WIDTH;

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private final StoredTensor weight;
    private final int in;
    private final boolean inBlocks;
    private final byte[] bytes;
    private final float[] floats;
    private int rows;

    /** Buffers for the given number of rows. */
    RowProducts(StoredTensor weight, int mostRows) {
        this.weight = weight;
        in = weight.shape().get(1);
        ElementType type = weight.type();
        inBlocks = FITS && (type == ElementType.Q4_1 || type == ElementType.Q8_0);
        bytes = new byte[inBlocks ? mostRows * rowBytes() : 0];
        floats = new float[inBlocks ? 0 : mostRows * in];
    }

    /** {@code Σ x} of each block of 32, the last perhaps shorter. */
    static float[] blockSums(float[] x) {
        float[] sums = new float[(x.length + BLOCK - 1) / BLOCK];
        for (int i = 0; i < x.length; i++) {
            sums[i / BLOCK] += x[i];
        }
        return sums;
    }

    /** Takes rows {@code first … first + count − 1}. */
    void load(int first, int count) {
        rows = count;
        if (inBlocks) {
            MemorySegment.copy(
                    weight.data(),
                    (long) first * rowBytes(),
                    MemorySegment.ofArray(bytes),
                    0,
                    (long) count * rowBytes());
        } else {
            weight.dequantize((long) first * in, floats, 0, count * in);
        }
    }

    /**
     * {@code y[to + r] = row r · x} for all rows loaded.
     *
     * @param x read from index {@code at} on, a multiple of 32 where rows are in blocks
     * @param sums {@link #blockSums} of all of x
     */
    void multiply(float[] x, int at, float[] sums, float[] y, int to) {
        for (int row = 0; row < rows; row++) {
            if (!inBlocks) {
                y[to + row] = dot(row * in, x, at);
            } else if (weight.type() == ElementType.Q4_1) {
                y[to + row] = q4WithMinimum(row * rowBytes(), x, at, sums);
            } else {
                y[to + row] = q8(row * rowBytes(), x, at);
            }
        }
    }

    private int rowBytes() {
        return in / weight.type().elementsPerBlock() * weight.type().bytesPerBlock();
    }

    private float q4WithMinimum(int row, float[] x, int at, float[] sums) {
        int size = ElementType.Q4_1.bytesPerBlock();
        FloatVector sum = FloatVector.zero(FLOATS);
        float minimums = 0;
        for (int b = 0; b < in / BLOCK; b++) {
            int from = row + b * size;
            int xs = at + b * BLOCK;
            FloatVector block = FloatVector.zero(FLOATS);
            for (int i = 0; i < HALF_BLOCK; i += WIDTH) {
                IntVector both =
                        (IntVector)
                                ByteVector.fromArray(BYTES, bytes, from + 4 + i)
                                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
                FloatVector low = floats(both.and(15));
                FloatVector high = floats(both.lanewise(VectorOperators.LSHR, 4));
                block = low.fma(FloatVector.fromArray(FLOATS, x, xs + i), block);
                block = high.fma(FloatVector.fromArray(FLOATS, x, xs + HALF_BLOCK + i), block);
            }
            sum = block.fma(FloatVector.broadcast(FLOATS, half(from)), sum);
            minimums += half(from + 2) * sums[xs / BLOCK];
        }
        return Lanes.sum(sum) + minimums;
    }

    private float q8(int row, float[] x, int at) {
        int size = ElementType.Q8_0.bytesPerBlock();
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int b = 0; b < in / BLOCK; b++) {
            int from = row + b * size;
            int xs = at + b * BLOCK;
            FloatVector block = FloatVector.zero(FLOATS);
            for (int i = 0; i < BLOCK; i += WIDTH) {
                IntVector q =
                        (IntVector)
                                ByteVector.fromArray(BYTES, bytes, from + 2 + i)
                                        .convertShape(VectorOperators.B2I, INTS, 0);
                block = floats(q).fma(FloatVector.fromArray(FLOATS, x, xs + i), block);
            }
            sum = block.fma(FloatVector.broadcast(FLOATS, half(from)), sum);
        }
        return Lanes.sum(sum);
    }

    private float dot(int row, float[] x, int at) {
        int whole = FLOATS.loopBound(in);
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = 0; i < whole; i += WIDTH) {
            sum =
                    FloatVector.fromArray(FLOATS, floats, row + i)
                            .fma(FloatVector.fromArray(FLOATS, x, at + i), sum);
        }
        float total = Lanes.sum(sum);
        for (int i = whole; i < in; i++) {
            total += floats[row + i] * x[at + i];
        }
        return total;
    }

    private float half(int at) {
        return Float.float16ToFloat((short) SHORT.get(bytes, at));
    }

    private static FloatVector floats(IntVector integers) {
        return (FloatVector) integers.convert(VectorOperators.I2F, 0);
    }
}

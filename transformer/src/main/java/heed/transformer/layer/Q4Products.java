package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;
import static heed.transformer.layer.QuantizedLanes.BLOCK;

import heed.simd.Lanes;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Products with a weight of Q4_1 or Q4_0, block by block. With Σ over a block,
 *
 * <ul>
 *   <li>Q4_1: {@code Σ (d q + m) x = d Σ q x + m Σ x};
 *   <li>Q4_0: {@code Σ d (q − 8) x = d Σ q x − 8 d Σ x};
 * </ul>
 *
 * <p>and Σ x is made once for all rows. A byte {@code u = l + 16 h} holds l, the number of an
 * element of the first half of the block, and h, of its second half. With their elements a and b,
 * {@code l a + h b = l (a − b/16) + u b/16}: so u needs no shift, and what l and u are multiplied
 * with is made once too. Exact but for the rounding of the sums.
 *
 * @param factors of each token, for each block the {@code a − b/16}, then the {@code b/16}
 * @param sums Σ x of each block of each token
 */
record Q4Products(StoredTensor weight, float[][] factors, float[][] sums) implements RowProducts {
    private static final int HALF_BLOCK = BLOCK / 2;
    private static final int LOW = 15;

    // Constants, so that the compiler sees how far apart the blocks are.
    private static final int BYTES_WITH_MINIMUM = ElementType.Q4_1.bytesPerBlock();
    private static final int BYTES_CENTRED = ElementType.Q4_0.bytesPerBlock();

    /** Prepares the product with x {@code [n, in]}. */
    static Q4Products of(StoredTensor weight, float[] x) {
        int in = weight.shape().get(1);
        int n = x.length / in;
        float[][] factors = new float[n][in];
        float[][] sums = new float[n][in / BLOCK];
        for (int token = 0; token < n; token++) {
            for (int block = 0; block < in / BLOCK; block++) {
                float sum = 0;
                for (int i = block * BLOCK; i < block * BLOCK + HALF_BLOCK; i++) {
                    float a = x[token * in + i];
                    float b = x[token * in + i + HALF_BLOCK];
                    factors[token][i] = a - b / 16;
                    factors[token][i + HALF_BLOCK] = b / 16;
                    sum += a + b;
                }
                sums[token][block] = sum;
            }
        }
        return new Q4Products(weight, factors, sums);
    }

    @Override
    public void multiply(int first, int count, float[] y) {
        int out = weight.shape().get(0);
        int blocks = weight.shape().get(1) / BLOCK;
        int rowBytes = blocks * weight.type().bytesPerBlock();
        boolean minimum = weight.type() == ElementType.Q4_1;
        MemorySegment data = weight.data();
        for (int row = first; row < first + count; row++) {
            long at = (long) row * rowBytes;
            for (int token = 0; token < factors.length; token++) {
                y[token * out + row] =
                        minimum
                                ? withMinimum(data, at, blocks, factors[token], sums[token])
                                : centred(data, at, blocks, factors[token], sums[token]);
            }
        }
    }

    /** A row of Q4_1, which begins at the given byte, and a token. */
    private static float withMinimum(
            MemorySegment data, long row, int blocks, float[] factors, float[] sums) {
        FloatVector sum = FloatVector.zero(FLOATS);
        float minimums = 0;
        for (int b = 0; b < blocks; b++) {
            long at = row + (long) b * BYTES_WITH_MINIMUM;
            int halves = QuantizedLanes.integer(data, at);
            FloatVector block = block(data, at + 4, factors, b * BLOCK);
            float d = Float.float16ToFloat((short) halves);
            sum = block.fma(FloatVector.broadcast(FLOATS, d), sum);
            minimums += Float.float16ToFloat((short) (halves >>> 16)) * sums[b];
        }
        return Lanes.sum(sum) + minimums;
    }

    /** The same of Q4_0. */
    private static float centred(
            MemorySegment data, long row, int blocks, float[] factors, float[] sums) {
        FloatVector sum = FloatVector.zero(FLOATS);
        float middles = 0;
        for (int b = 0; b < blocks; b++) {
            long at = row + (long) b * BYTES_CENTRED;
            FloatVector block = block(data, at + 2, factors, b * BLOCK);
            float d = QuantizedLanes.half(data, at);
            sum = block.fma(FloatVector.broadcast(FLOATS, d), sum);
            middles += d * sums[b];
        }
        return Lanes.sum(sum) - 8 * middles;
    }

    /** Whose lanes sum to {@code Σ q x} of a block. */
    private static FloatVector block(MemorySegment data, long numbers, float[] factors, int at) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = 0; i < HALF_BLOCK; i += WIDTH) {
            IntVector both = QuantizedLanes.unsignedBytes(data, numbers + i);
            FloatVector low = QuantizedLanes.floats(both.and(LOW));
            sum = low.fma(FloatVector.fromArray(FLOATS, factors, at + i), sum);
            FloatVector u = QuantizedLanes.floats(both);
            sum = u.fma(FloatVector.fromArray(FLOATS, factors, at + HALF_BLOCK + i), sum);
        }
        return sum;
    }
}

package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;
import static heed.transformer.layer.QuantizedLanes.BLOCK;

import heed.simd.Lanes;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Products with a weight of Q8_0, block by block: {@code Σ d q x = d Σ q x}. Exact but for the
 * rounding of the sums.
 *
 * @param x each token
 */
record Q8Products(StoredTensor weight, float[][] x) implements RowProducts {
    private static final int BLOCK_BYTES = ElementType.Q8_0.bytesPerBlock();
    private static final int HEADER = 2;

    /** Prepares the product with x {@code [n, in]}. */
    static Q8Products of(StoredTensor weight, float[] x) {
        int in = weight.shape().get(1);
        float[][] tokens = new float[x.length / in][];
        for (int token = 0; token < tokens.length; token++) {
            tokens[token] = Arrays.copyOfRange(x, token * in, (token + 1) * in);
        }
        return new Q8Products(weight, tokens);
    }

    @Override
    public void multiply(int first, int count, float[] y) {
        int out = weight.shape().get(0);
        int blocks = weight.shape().get(1) / BLOCK;
        MemorySegment data = weight.data();
        for (int row = first; row < first + count; row++) {
            long at = (long) row * blocks * BLOCK_BYTES;
            for (int token = 0; token < x.length; token++) {
                y[token * out + row] = dot(data, at, blocks, x[token]);
            }
        }
    }

    private static float dot(MemorySegment data, long row, int blocks, float[] x) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int b = 0; b < blocks; b++) {
            long at = row + (long) b * BLOCK_BYTES;
            FloatVector block = FloatVector.zero(FLOATS);
            for (int i = 0; i < BLOCK; i += WIDTH) {
                FloatVector q =
                        QuantizedLanes.floats(QuantizedLanes.signedBytes(data, at + HEADER + i));
                block = q.fma(FloatVector.fromArray(FLOATS, x, b * BLOCK + i), block);
            }
            float d = QuantizedLanes.half(data, at);
            sum = block.fma(FloatVector.broadcast(FLOATS, d), sum);
        }
        return Lanes.sum(sum);
    }
}

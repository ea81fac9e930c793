package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Lanes;
import heed.transformer.checkpoint.StoredTensor;
import jdk.incubator.vector.FloatVector;

/**
 * The products {@code y = W x} of a few tokens with a weight {@code [out, in]}: for each row of the
 * weight its dot product with each token. Made once for a product, shared by the threads that do
 * parts of it.
 */
sealed interface RowProducts permits Q4Products, Q8Products, RowProducts.Decoded {

    /**
     * {@code y[token, row] = row · token}.
     *
     * @param first the first row, a multiple of {@link InterleavedRows#ROWS}
     * @param count how many rows
     * @param y {@code [n, out]}; what other rows are for stays
     */
    void multiply(int first, int count, float[] y);

    /** Rows that are made floats first. */
    record Decoded(StoredTensor weight, float[] x) implements RowProducts {
        @Override
        public void multiply(int first, int count, float[] y) {
            int in = weight.shape().get(1);
            int out = weight.shape().get(0);
            float[] floats = new float[in];
            for (int row = first; row < first + count; row++) {
                BlockDecoder.decode(weight, (long) row * in, floats, in);
                for (int token = 0; token * in < x.length; token++) {
                    y[token * out + row] = dot(floats, x, token * in);
                }
            }
        }

        private static float dot(float[] row, float[] x, int at) {
            int whole = FLOATS.loopBound(row.length);
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int i = 0; i < whole; i += WIDTH) {
                sum =
                        FloatVector.fromArray(FLOATS, row, i)
                                .fma(FloatVector.fromArray(FLOATS, x, at + i), sum);
            }
            float total = Lanes.sum(sum);
            for (int i = whole; i < row.length; i++) {
                total += row[i] * x[at + i];
            }
            return total;
        }
    }
}

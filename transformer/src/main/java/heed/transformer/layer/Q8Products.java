package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.INTS;
import static heed.simd.Lanes.WIDTH;
import static heed.transformer.layer.InterleavedRows.GROUP;
import static heed.transformer.layer.InterleavedRows.ROWS;
import static heed.transformer.layer.InterleavedRows.VECTOR;
import static heed.transformer.layer.QuantizedLanes.BLOCK;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products with a weight of Q8_0, a tile of rows at a time: with Σ over a block, {@code Σ d q x = d
 * Σ q x}. An int holds four numbers, each of which becomes the uppermost byte: {@code q 2²⁴}, sign
 * included, which a float holds exactly.
 *
 * @param factors of each token its {@code x 2⁻²⁴}
 */
record Q8Products(InterleavedRows rows, float[][] factors) implements RowProducts {
    /** Prepares the product with x {@code [n, in]}. */
    static Q8Products of(InterleavedRows rows, float[] x) {
        int in = rows.blocks() * BLOCK;
        float[][] factors = new float[x.length / in][in];
        for (int token = 0; token < factors.length; token++) {
            for (int i = 0; i < in; i++) {
                factors[token][i] = x[token * in + i] * 0x1p-24f;
            }
        }
        return new Q8Products(rows, factors);
    }

    @Override
    public void multiply(int first, int count, float[] y) {
        float[] scales = rows.newScales();
        float[] products = new float[ROWS];
        for (int row = first; row < first + count; row += ROWS) {
            rows.scales(row / ROWS, scales);
            long numbers = rows.numbers(row / ROWS);
            int width = Math.min(ROWS, first + count - row);
            for (int token = 0; token < factors.length; token++) {
                multiply(rows.data(), numbers, rows.blocks(), factors[token], scales, products);
                System.arraycopy(products, 0, y, token * rows.out() + row, width);
            }
        }
    }

    /**
     * A tile and a token. Two sums for each vector, since the multiply-adds of one would wait for
     * each other.
     */
    private static void multiply(
            MemorySegment data,
            long numbers,
            int blocks,
            float[] factors,
            float[] scales,
            float[] products) {
        IntVector upper = IntVector.broadcast(INTS, 0xFF000000);
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector y0 = zero;
        FloatVector y1 = zero;
        for (int b = 0; b < blocks; b++) {
            long at = numbers + (long) b * (BLOCK / GROUP) * 2 * VECTOR;
            FloatVector s0 = zero;
            FloatVector s1 = zero;
            FloatVector t0 = zero;
            FloatVector t1 = zero;
            for (int i = 0; i < BLOCK / GROUP; i++) {
                int f = b * BLOCK + i * GROUP;
                IntVector q0 = QuantizedLanes.integers(data, at + 2L * i * VECTOR);
                IntVector q1 = QuantizedLanes.integers(data, at + (2L * i + 1) * VECTOR);
                FloatVector x = FloatVector.broadcast(FLOATS, factors[f]);
                s0 = QuantizedLanes.floats(left(q0, 24)).fma(x, s0);
                s1 = QuantizedLanes.floats(left(q1, 24)).fma(x, s1);
                x = FloatVector.broadcast(FLOATS, factors[f + 1]);
                t0 = QuantizedLanes.floats(left(q0, 16).and(upper)).fma(x, t0);
                t1 = QuantizedLanes.floats(left(q1, 16).and(upper)).fma(x, t1);
                x = FloatVector.broadcast(FLOATS, factors[f + 2]);
                s0 = QuantizedLanes.floats(left(q0, 8).and(upper)).fma(x, s0);
                s1 = QuantizedLanes.floats(left(q1, 8).and(upper)).fma(x, s1);
                x = FloatVector.broadcast(FLOATS, factors[f + 3]);
                t0 = QuantizedLanes.floats(q0.and(upper)).fma(x, t0);
                t1 = QuantizedLanes.floats(q1.and(upper)).fma(x, t1);
            }
            int d = b * ROWS;
            y0 = s0.add(t0).fma(FloatVector.fromArray(FLOATS, scales, d), y0);
            y1 = s1.add(t1).fma(FloatVector.fromArray(FLOATS, scales, d + WIDTH), y1);
        }
        y0.intoArray(products, 0);
        y1.intoArray(products, WIDTH);
    }

    private static IntVector left(IntVector v, int by) {
        return v.lanewise(VectorOperators.LSHL, by);
    }
}

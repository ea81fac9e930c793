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
 * Products with a weight of Q4_1 or Q4_0, a tile of rows at a time. With Σ over a block, {@code Σ
 * (d q + m) x = d Σ q x + m Σ x}, and Σ x is made once for all rows.
 *
 * <p>Half an int holds four numbers of 4 bits. One that is masked where it lies is {@code q 16ᵖ}, p
 * its place among the four; a float holds that exactly, and {@code x 16⁻ᵖ} is made once.
 *
 * @param factors of each token its {@code x 16⁻ᵖ} in the order of the numbers
 * @param sums Σ x of each block of each token
 */
record Q4Products(InterleavedRows rows, float[][] factors, float[][] sums) implements RowProducts {
    private static final int HALF_BLOCK = BLOCK / 2;

    /** Prepares the product with x {@code [n, in]}. */
    static Q4Products of(InterleavedRows rows, float[] x) {
        int in = rows.blocks() * BLOCK;
        int n = x.length / in;
        float[][] factors = new float[n][in];
        float[][] sums = new float[n][rows.blocks()];
        for (int token = 0; token < n; token++) {
            for (int block = 0; block < rows.blocks(); block++) {
                sums[token][block] = order(x, token * in + block * BLOCK, factors[token], block);
            }
        }
        return new Q4Products(rows, factors, sums);
    }

    /** Orders the x of a block and returns their sum. */
    private static float order(float[] x, int at, float[] factors, int block) {
        float sum = 0;
        for (int i = 0; i < HALF_BLOCK; i += 2) {
            // Byte i holds element i of the first half of the block, and above it of the second.
            float a = x[at + i];
            float b = x[at + i + HALF_BLOCK];
            float c = x[at + i + 1];
            float d = x[at + i + 1 + HALF_BLOCK];
            int to = block * BLOCK + 2 * i;
            factors[to] = a;
            factors[to + 1] = b * 0x1p-4f;
            factors[to + 2] = c * 0x1p-8f;
            factors[to + 3] = d * 0x1p-12f;
            sum += (a + b) + (c + d);
        }
        return sum;
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
                multiply(rows.data(), numbers, factors[token], sums[token], scales, products);
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
            float[] factors,
            float[] sums,
            float[] scales,
            float[] products) {
        IntVector mask0 = IntVector.broadcast(INTS, 0xF);
        IntVector mask1 = IntVector.broadcast(INTS, 0xF0);
        IntVector mask2 = IntVector.broadcast(INTS, 0xF00);
        IntVector mask3 = IntVector.broadcast(INTS, 0xF000);
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector y0 = zero;
        FloatVector y1 = zero;
        for (int b = 0; b < sums.length; b++) {
            long at = numbers + (long) b * (BLOCK / GROUP) * VECTOR;
            FloatVector s0 = zero;
            FloatVector s1 = zero;
            FloatVector t0 = zero;
            FloatVector t1 = zero;
            for (int i = 0; i < BLOCK / GROUP; i++) {
                int f = b * BLOCK + i * GROUP;
                IntVector q0 = QuantizedLanes.integers(data, at + i * VECTOR);
                IntVector q1 = q0.lanewise(VectorOperators.LSHR, 16);
                FloatVector x = FloatVector.broadcast(FLOATS, factors[f]);
                s0 = QuantizedLanes.floats(q0.and(mask0)).fma(x, s0);
                s1 = QuantizedLanes.floats(q1.and(mask0)).fma(x, s1);
                x = FloatVector.broadcast(FLOATS, factors[f + 1]);
                t0 = QuantizedLanes.floats(q0.and(mask1)).fma(x, t0);
                t1 = QuantizedLanes.floats(q1.and(mask1)).fma(x, t1);
                x = FloatVector.broadcast(FLOATS, factors[f + 2]);
                s0 = QuantizedLanes.floats(q0.and(mask2)).fma(x, s0);
                s1 = QuantizedLanes.floats(q1.and(mask2)).fma(x, s1);
                x = FloatVector.broadcast(FLOATS, factors[f + 3]);
                t0 = QuantizedLanes.floats(q0.and(mask3)).fma(x, t0);
                t1 = QuantizedLanes.floats(q1.and(mask3)).fma(x, t1);
            }
            int d = 2 * b * ROWS;
            int m = d + ROWS;
            FloatVector sum = FloatVector.broadcast(FLOATS, sums[b]);
            y0 = sum.fma(FloatVector.fromArray(FLOATS, scales, m), y0);
            y1 = sum.fma(FloatVector.fromArray(FLOATS, scales, m + WIDTH), y1);
            y0 = s0.add(t0).fma(FloatVector.fromArray(FLOATS, scales, d), y0);
            y1 = s1.add(t1).fma(FloatVector.fromArray(FLOATS, scales, d + WIDTH), y1);
        }
        y0.intoArray(products, 0);
        y1.intoArray(products, WIDTH);
    }
}

package heed.bench;

import heed.attention.Heads;
import java.util.Random;

/**
 * Sizes of attention where queries, keys and values have as many heads and columns.
 *
 * @param heads H
 * @param queries n_q
 * @param keys n_k
 * @param columns d
 */
public record Shape(int heads, int queries, int keys, int columns) {

    /** The same number of queries and keys. */
    public static Shape square(int heads, int tokens, int columns) {
        return new Shape(heads, tokens, tokens, columns);
    }

    /**
     * Operations of the two products, in 10⁹. Under a causal mask the pairs below and on the
     * diagonal alone count, whatever is computed.
     */
    double gigaflop(boolean causal) {
        double pairs = causal ? queries * (queries + 1.0) / 2 : (double) queries * keys;
        return 4.0 * heads * columns * pairs / 1e9;
    }

    /** Elements of the queries and of the output. */
    int querySize() {
        return heads * queries * columns;
    }

    /** Elements of the keys, and of the values. */
    int keySize() {
        return heads * keys * columns;
    }

    /**
     * What attention is computed from. Scores have a standard deviation of 3: a few keys matter, as
     * they do in trained models, and results do not vanish where keys are many.
     */
    public Operands operands() {
        return new Operands(
                this, normal(1, querySize(), 3), normal(2, keySize(), 1), normal(3, keySize(), 1));
    }

    /** Normally distributed numbers, the same for the same seed. */
    public static float[] normal(long seed, int size, double deviation) {
        Random random = new Random(seed);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return values;
    }

    /** Arrays one behind the other. */
    static float[] concatenated(float[]... arrays) {
        int length = 0;
        for (float[] array : arrays) {
            length += array.length;
        }
        float[] all = new float[length];
        int at = 0;
        for (float[] array : arrays) {
            System.arraycopy(array, 0, all, at, array.length);
            at += array.length;
        }
        return all;
    }

    /**
     * Queries, keys and values, all {@code [H, n, d]}, row-major.
     *
     * @param shape their sizes
     */
    public record Operands(Shape shape, float[] q, float[] k, float[] v) {

        public Heads queries() {
            return Heads.of(shape.heads, shape.queries, shape.columns, q);
        }

        public Heads keys() {
            return Heads.of(shape.heads, shape.keys, shape.columns, k);
        }

        public Heads values() {
            return Heads.of(shape.heads, shape.keys, shape.columns, v);
        }
    }
}

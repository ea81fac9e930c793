package heed.transformer.model;

/** Sums and products of feature rows. */
final class Rows {
    /** {@code to += x}. */
    static void add(float[] to, float[] x) {
        for (int i = 0; i < to.length; i++) {
            to[i] += x[i];
        }
    }

    /** {@code to *= x}, each by its own. */
    static void multiply(float[] to, float[] x) {
        for (int i = 0; i < to.length; i++) {
            to[i] *= x[i];
        }
    }

    private Rows() {}
}

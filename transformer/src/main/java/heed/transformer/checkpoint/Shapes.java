package heed.transformer.checkpoint;

import java.util.List;

/** Arithmetic on dimensions that a file claims. */
final class Shapes {
    /** Elements of the largest array that every JVM can make. */
    static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    /**
     * The product of dimensions; 1 if there are none.
     *
     * @throws IllegalArgumentException if one is negative, or their product does not fit a long
     */
    static long elements(List<Integer> shape) {
        long elements = 1;
        for (int dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("impossible dimensions " + shape);
            }
            if (dimension > 0 && elements > Long.MAX_VALUE / dimension) {
                throw new IllegalArgumentException("impossible dimensions " + shape);
            }
            elements *= dimension;
        }
        return elements;
    }

    private Shapes() {}
}

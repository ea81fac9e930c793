package heed.attention;

/**
 * Keys or values {@code [heads, rows, columns]}: as floats ({@link Heads}), or in half the memory
 * and with 8 bits of precision ({@link BFloat16Heads}). The engine computes in float32 from either.
 */
public sealed interface KeyValueHeads permits Heads, BFloat16Heads {

    /** Number of heads, at least 1. */
    int heads();

    /** Number of rows, 0 or more: tokens. */
    int rows();

    /** Number of columns, at least 1: the dimension of a head. */
    int columns();

    float get(int head, int row, int column);

    /** A copy of one row. */
    float[] row(int head, int row);

    /** Rows {@code from} (inclusive) to {@code to} (exclusive) of every head, as a view. */
    KeyValueHeads rows(int from, int to);

    /** Heads {@code from} (inclusive) to {@code to} (exclusive), as a view. */
    KeyValueHeads heads(int from, int to);

    /**
     * Float zeros of the same heads and rows, with {@code columns} columns, in this view's order of
     * dimensions.
     */
    Heads zerosLike(int columns);
}

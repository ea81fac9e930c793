package heed.attention.kernel;

/**
 * Keys or values {@code [heads, rows, columns]}, in the precision in which they are stored. A
 * kernel reads them as floats, a block at a time ({@link FloatRows}).
 */
public sealed interface KeyValueView permits HeadView, BFloat16View {
    int heads();

    int rows();

    int columns();

    /**
     * Whether {@code count} rows of a head from {@code row} on hold no NaN and nothing infinite.
     */
    boolean isFinite(int head, int row, int count);
}

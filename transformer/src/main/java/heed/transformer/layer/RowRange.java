package heed.transformer.layer;

/**
 * Rows {@code first … first + count − 1} of matrices.
 *
 * @param first 0 or more
 * @param count 0 or more
 */
public record RowRange(int first, int count) {

    /** The first {@code count} rows. */
    static RowRange first(int count) {
        return new RowRange(0, count);
    }

    /** The row behind the last. */
    public int end() {
        return first + count;
    }
}

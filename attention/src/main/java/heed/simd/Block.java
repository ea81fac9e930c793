package heed.simd;

/**
 * A matrix within a float array: element {@code (r, c)} is {@code data[at + r · stride + c]}, or if
 * transposed {@code data[at + c · stride + r]}.
 *
 * @param data shared, not copied
 * @param at index of element (0, 0)
 * @param stride distance from a row, or if transposed from a column, to the next
 * @param transposed whether columns are contiguous instead of rows
 */
public record Block(float[] data, int at, int stride, boolean transposed) {

    /** A row-major matrix, whose rows are {@code stride} apart. */
    public static Block rows(float[] data, int at, int stride) {
        return new Block(data, at, stride, false);
    }

    /** A row-major matrix of {@link Lanes#PANEL} columns, from the beginning of the array. */
    public static Block panel(float[] data) {
        return rows(data, 0, Lanes.PANEL);
    }

    /** Rows as columns. */
    public Block transpose() {
        return new Block(data, at, stride, !transposed);
    }

    /** The columns of a row-major matrix from {@code column} on. */
    Block from(int column) {
        return rows(data, at + column, stride);
    }

    /** Index in {@code data} of the first element of a row. */
    int index(int row) {
        return at + (transposed ? row : row * stride);
    }

    /** Distance from an element to the next of its row. */
    int step() {
        return transposed ? stride : 1;
    }
}

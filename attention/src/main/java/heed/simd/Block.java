package heed.simd;

/**
 * A matrix within a float array: element {@code (r, c)} is {@code data[at + r · rowStride + c ·
 * columnStride]}.
 *
 * @param data shared, not copied
 * @param at index of element (0, 0)
 * @param rowStride distance from a row to the next
 * @param columnStride distance from a column to the next
 */
public record Block(float[] data, int at, int rowStride, int columnStride) {

    /** A row-major matrix, whose rows are {@code stride} apart. */
    public static Block rows(float[] data, int at, int stride) {
        return new Block(data, at, stride, 1);
    }

    /** A row-major matrix of {@link Lanes#PANEL} columns, from the beginning of the array. */
    public static Block panel(float[] data) {
        return rows(data, 0, Lanes.PANEL);
    }

    /** Rows as columns. */
    public Block transposed() {
        return new Block(data, at, columnStride, rowStride);
    }
}

package heed.attention.kernel;

/**
 * {@code [heads, rows, columns]} in a float array: element {@code (h, r, c)} is {@code data[offset
 * + h · headStride + r · rowStride + c]}. Checked by whoever makes one.
 */
public record HeadView(
        float[] data, int offset, int heads, int rows, int columns, int headStride, int rowStride) {

    /** Index in {@code data} of the first element of a row. */
    int index(int head, int row) {
        return offset + head * headStride + row * rowStride;
    }
}

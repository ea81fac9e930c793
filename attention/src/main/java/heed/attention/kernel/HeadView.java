package heed.attention.kernel;

import heed.simd.Block;

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

    /** The rows of a head from {@code row} on. */
    Block block(int head, int row) {
        return Block.rows(data, index(head, row), rowStride);
    }

    /**
     * Whether {@code count} rows of a head from {@code row} on hold no NaN and nothing infinite.
     */
    boolean isFinite(int head, int row, int count) {
        boolean finite = true;
        for (int r = row; r < row + count; r++) {
            int at = index(head, r);
            for (int c = 0; c < columns; c++) {
                finite &= Float.isFinite(data[at + c]);
            }
        }
        return finite;
    }
}

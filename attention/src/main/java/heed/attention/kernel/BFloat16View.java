package heed.attention.kernel;

import heed.simd.BFloat16;

/**
 * {@code [heads, rows, columns]} as bfloat16, laid out as in {@link HeadView}. Checked by whoever
 * makes one.
 */
public record BFloat16View(
        short[] data, int offset, int heads, int rows, int columns, int headStride, int rowStride)
        implements KeyValueView {

    /** Index in {@code data} of the first element of a row. */
    int index(int head, int row) {
        return offset + head * headStride + row * rowStride;
    }

    /** Copies {@code count} rows of a head from {@code row} on, without gaps between them. */
    void widen(int head, int row, int count, float[] to) {
        int at = index(head, row);
        if (rowStride == columns) {
            BFloat16.widen(data, at, to, 0, count * columns);
            return;
        }
        for (int r = 0; r < count; r++) {
            BFloat16.widen(data, at + r * rowStride, to, r * columns, columns);
        }
    }

    @Override
    public boolean isFinite(int head, int row, int count) {
        boolean finite = true;
        for (int r = row; r < row + count; r++) {
            int at = index(head, r);
            for (int c = 0; c < columns; c++) {
                finite &= BFloat16.isFinite(data[at + c]);
            }
        }
        return finite;
    }
}

package heed.attention.kernel;

import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.STRIP;

import heed.simd.Block;
import heed.simd.Lanes;
import heed.simd.Panel;
import heed.simd.Transposer;
import java.util.Arrays;

/**
 * {@code [heads, rows, columns]} in a float array: element {@code (h, r, c)} is {@code data[offset
 * + h · headStride + r · rowStride + c]}. Checked by whoever makes one.
 */
public record HeadView(
        float[] data, int offset, int heads, int rows, int columns, int headStride, int rowStride)
        implements KeyValueView {

    /** Index in {@code data} of the first element of a row. */
    int index(int head, int row) {
        return offset + head * headStride + row * rowStride;
    }

    /** The rows of a head from {@code row} on. */
    Block block(int head, int row) {
        return Block.rows(data, index(head, row), rowStride);
    }

    /**
     * {@code panel[c][i] = factors[c] · row[c]} for rows {@code row + i}, and 0 in the columns
     * behind them.
     */
    void loadTransposed(
            int head, int row, int count, float[] factors, Panel panel, Transposer transposer) {
        if (count < PANEL) {
            Arrays.fill(panel.data(), 0, columns * PANEL, 0);
        }
        for (int i = 0; i < count; i += STRIP) {
            int width = Math.min(STRIP, count - i);
            transposer.transpose(block(head, row + i), width, columns, factors, 0, panel.strip(i));
        }
    }

    /** {@code row[c] = factors[i] · panel[c][i]} for rows {@code row + i}. */
    void storeTransposed(
            int head, int row, int count, Panel panel, float[] factors, Transposer transposer) {
        for (int i = 0; i < count; i += STRIP) {
            int width = Math.min(STRIP, count - i);
            transposer.transpose(panel.strip(i), columns, width, factors, i, block(head, row + i));
        }
    }

    /** Multiplies {@code count} rows of a head from {@code row} on. */
    void scale(int head, int row, int count, float factor) {
        for (int r = row; r < row + count; r++) {
            int at = index(head, r);
            for (int c = 0; c < columns; c++) {
                data[at + c] *= factor;
            }
        }
    }

    /**
     * Whether {@code count} rows of a head from {@code row} on hold no NaN and nothing infinite.
     */
    @Override
    public boolean isFinite(int head, int row, int count) {
        boolean finite = true;
        for (int r = row; r < row + count; r++) {
            int at = index(head, r);
            finite &= Lanes.areFinite(data, at, at + columns);
        }
        return finite;
    }
}

package heed.attention.kernel;

import static heed.simd.Lanes.STRIP;

import heed.simd.Block;
import heed.simd.BlockProduct;

/**
 * A block of rows of a head, copied into strips as wide as a tile of a product, one after the
 * other: a right side that many products read from front to back. Belongs to one task.
 */
final class StripRows {
    private final int columns;
    private final float[] data;
    private int count;

    /**
     * @param most rows of a block at most
     */
    StripRows(int most, int columns) {
        this.columns = columns;
        this.data = new float[most * ((columns + STRIP - 1) / STRIP * STRIP)];
    }

    /** Takes rows of a head from {@code row} on. */
    void load(HeadView view, int head, int row, int count) {
        this.count = count;
        for (int c = 0; c < columns; c += STRIP) {
            int width = Math.min(STRIP, columns - c);
            for (int r = 0; r < count; r++) {
                int from = view.index(head, row + r) + c;
                System.arraycopy(view.data(), from, data, c * count + r * STRIP, width);
            }
        }
    }

    /**
     * {@code c += a · these rows}.
     *
     * @param a {@code [rows, count]}
     * @param c {@code [rows, columns]}, not transposed
     */
    void addProduct(Block a, Block c, int rows) {
        for (int i = 0; i < columns; i += STRIP) {
            BlockProduct.add(
                    a,
                    Block.rows(data, i * count, STRIP),
                    Block.rows(c.data(), c.at() + i, c.stride()),
                    rows,
                    count,
                    Math.min(STRIP, columns - i));
        }
    }
}

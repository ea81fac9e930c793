package heed.attention.kernel;

import heed.simd.Block;

/**
 * Blocks of keys or values as rows of floats: those that are stored as floats where they lie,
 * others widened into an array that stays in the cache. The last block stays for the next queries
 * that read it. Belongs to one task.
 */
final class FloatRows {
    private final KeyValueView view;
    private final float[] widened;
    private int head = -1;
    private int row;
    private int count;

    /**
     * @param most rows of a block at most
     */
    FloatRows(KeyValueView view, int most) {
        this.view = view;
        this.widened =
                switch (view) {
                    case HeadView floats -> new float[0];
                    case BFloat16View halves -> new float[most * halves.columns()];
                };
    }

    /** {@code [count, columns]}: rows of a head from {@code row} on, until the next call. */
    Block at(int head, int row, int count) {
        return switch (view) {
            case HeadView floats -> floats.block(head, row);
            case BFloat16View halves -> widened(halves, head, row, count);
        };
    }

    private Block widened(BFloat16View halves, int head, int row, int count) {
        if (head != this.head || row != this.row || count != this.count) {
            halves.widen(head, row, count, widened);
            this.head = head;
            this.row = row;
            this.count = count;
        }
        return Block.rows(widened, 0, halves.columns());
    }
}

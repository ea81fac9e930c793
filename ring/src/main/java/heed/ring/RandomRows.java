package heed.ring;

import heed.attention.Heads;
import java.util.SplittableRandom;

/**
 * Normally distributed numbers that a seed determines: a sequence to try things with, whatever its
 * size. Every row is made by itself.
 */
public record RandomRows(String name, int heads, int rows, int columns, long seed)
        implements RowSource {

    @Override
    public Heads read(int from, int to) {
        Heads block = Heads.zeros(heads, to - from, columns);
        for (int head = 0; head < heads; head++) {
            for (int row = from; row < to; row++) {
                SplittableRandom random = new SplittableRandom(seedOf(head, row));
                int at = block.index(head, row - from);
                for (int c = 0; c < columns; c++) {
                    block.data()[at + c] = (float) random.nextGaussian();
                }
            }
        }
        return block;
    }

    /**
     * Far from those of other rows, and of the same rows under other seeds: the first numbers of
     * other generators.
     */
    private long seedOf(int head, int row) {
        long base = new SplittableRandom(seed).nextLong();
        return new SplittableRandom(base ^ ((long) head << 32 | row)).nextLong();
    }
}

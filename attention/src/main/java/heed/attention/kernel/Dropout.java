package heed.attention.kernel;

import heed.simd.Philox;

/**
 * Which weights stay: word {@code key mod 4} of the random words ({@link Philox}) at counter {@code
 * (query, ⌊key / 4⌋, head, 0)} is not less than the threshold. Positions are absolute, so a pair's
 * fate does not depend on the tile in which it is computed.
 *
 * @param threshold the probability of dropping, times 2³²: 0 to 2³² − 1
 * @param factor what a weight that stays is multiplied with: 1 / (1 − probability)
 * @param seed the key of the generator
 */
public record Dropout(long threshold, float factor, long seed) {
    /** Words of a counter, each for one of as many neighbouring keys. */
    static final int WORDS = 4;

    /** Whether the weight of a pair stays. */
    public boolean keeps(int head, int query, int key) {
        int word = Philox.word(key % WORDS, query, key / WORDS, head, 0, seed);
        return Integer.toUnsignedLong(word) >= threshold;
    }

    /**
     * The same for queries {@code firstQuery + i} and four keys: bit i of {@code kept[j]} is set if
     * the weight of key {@code 4 · keyGroup + j} stays.
     */
    void keep(int head, int firstQuery, int keyGroup, long[] kept) {
        Philox.atLeast(threshold, firstQuery, keyGroup, head, 0, seed, kept);
    }
}

package heed.attention;

import static heed.attention.Preconditions.check;

/**
 * The keys and values of the tokens that one attention layer has seen, so that the next token costs
 * one row of attention: append its key and value, then {@link #attend} with its query.
 *
 * <p>Not safe for use by several threads at once. Views handed out before an append stay valid and
 * do not grow.
 */
public final class KvCache {
    /** Elements that an array holds on any machine. */
    static final int MOST_ELEMENTS = Integer.MAX_VALUE - 8;

    private final int kvHeads;
    private final int keyColumns;
    private final int valueColumns;
    private int length;
    private int capacity;
    private CacheRows keys;
    private CacheRows values;

    /** What a number is kept as. */
    public enum Storage {
        /** As it came. */
        FLOAT32,
        /**
         * Rounded to bfloat16: half the memory, and about twice the speed where few queries read
         * many tokens; for standard normal keys and values, outputs are off by some thousandths.
         */
        BFLOAT16
    }

    /** An empty cache in float32: see {@link #KvCache(int, int, int, int, Storage)}. */
    public KvCache(int kvHeads, int keyColumns, int valueColumns, int capacity) {
        this(kvHeads, keyColumns, valueColumns, capacity, Storage.FLOAT32);
    }

    /**
     * An empty cache.
     *
     * @param kvHeads key/value heads
     * @param keyColumns d
     * @param valueColumns d_v
     * @param capacity tokens to make room for at first; it grows by itself
     * @param storage what a number is kept as
     * @throws IllegalArgumentException if so many tokens do not fit one array
     */
    public KvCache(int kvHeads, int keyColumns, int valueColumns, int capacity, Storage storage) {
        check(
                kvHeads >= 1 && keyColumns >= 1 && valueColumns >= 1 && capacity >= 0,
                "a cache needs at least 1 head and column and no negative capacity: %d heads, %d and %d columns, capacity %d",
                kvHeads,
                keyColumns,
                valueColumns,
                capacity);
        this.kvHeads = kvHeads;
        this.keyColumns = keyColumns;
        this.valueColumns = valueColumns;
        this.capacity = capacity;
        keys = CacheRows.of(storage, kvHeads, capacity, keyColumns);
        values = CacheRows.of(storage, kvHeads, capacity, valueColumns);
    }

    /** Number of tokens held. */
    public int length() {
        return length;
    }

    /** {@code [Hkv, length, d]}, in the storage of this cache. */
    public KeyValueHeads keys() {
        return keys.view(length);
    }

    /** {@code [Hkv, length, d_v]}, in the storage of this cache. */
    public KeyValueHeads values() {
        return values.view(length);
    }

    /**
     * Appends the keys {@code [Hkv, n, d]} and values {@code [Hkv, n, d_v]} of n tokens.
     *
     * @throws IllegalArgumentException if a dimension differs from the cache's; the cache is as
     *     before
     */
    public void append(KeyValueHeads k, KeyValueHeads v) {
        check(
                k.heads() == kvHeads && v.heads() == kvHeads,
                "%d key heads and %d value heads for a cache of %d",
                k.heads(),
                v.heads(),
                kvHeads);
        check(k.rows() == v.rows(), "%d keys and %d values differ", k.rows(), v.rows());
        check(
                k.columns() == keyColumns,
                "keys have %d columns, the cache has %d",
                k.columns(),
                keyColumns);
        check(
                v.columns() == valueColumns,
                "values have %d columns, the cache has %d",
                v.columns(),
                valueColumns);
        int longer = Math.addExact(length, k.rows());
        if (longer > capacity) {
            grow(
                    largerCapacity(
                            capacity, longer, (long) kvHeads * Math.max(keyColumns, valueColumns)));
        }
        keys.append(k, length);
        values.append(v, length);
        length = longer;
    }

    /**
     * Forgets all tokens from position {@code length} on.
     *
     * @throws IllegalArgumentException if the cache holds fewer
     */
    public void truncate(int length) {
        check(
                length >= 0 && length <= this.length,
                "cannot truncate a cache of %d tokens to %d",
                this.length,
                length);
        // Views handed out earlier may still read the forgotten rows: the next append must not
        // overwrite them.
        if (length < this.length) {
            keys = keys.copy(capacity, length);
            values = values.copy(capacity, length);
        }
        this.length = length;
    }

    /**
     * Input for queries {@code [H, n_q, d]} that stand at the last n_q positions of the cache,
     * causally masked; change it with its {@code with} methods where the model differs.
     */
    public AttentionInput attend(Heads q) {
        check(q.rows() <= length, "%d queries, but the cache holds %d tokens", q.rows(), length);
        return AttentionInput.of(q, keys(), values())
                .withMask(AttentionMask.causal())
                .withPositions(length - q.rows(), 0);
    }

    private void grow(int larger) {
        CacheRows largerKeys = keys.copy(larger, length);
        values = values.copy(larger, length);
        keys = largerKeys;
        capacity = larger;
    }

    /** Tokens to make room for: twice as many as before, as far as one array holds them. */
    static int largerCapacity(int capacity, int needed, long elementsOfToken) {
        long most = MOST_ELEMENTS / elementsOfToken;
        return (int) Math.max(needed, Math.min(2L * capacity, most));
    }
}

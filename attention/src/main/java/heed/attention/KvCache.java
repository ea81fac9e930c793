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
    private final int kvHeads;
    private final int keyColumns;
    private final int valueColumns;
    private int length;
    private int capacity;
    private float[] keys;
    private float[] values;

    /**
     * An empty cache.
     *
     * @param kvHeads key/value heads
     * @param keyColumns d
     * @param valueColumns d_v
     * @param capacity tokens to make room for at first; it grows by itself
     */
    public KvCache(int kvHeads, int keyColumns, int valueColumns, int capacity) {
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
        keys = new float[elements(capacity, keyColumns)];
        values = new float[elements(capacity, valueColumns)];
    }

    /** Number of tokens held. */
    public int length() {
        return length;
    }

    /** {@code [Hkv, length, d]}. */
    public Heads keys() {
        return new Heads(keys, 0, kvHeads, length, keyColumns, capacity * keyColumns, keyColumns);
    }

    /** {@code [Hkv, length, d_v]}. */
    public Heads values() {
        return new Heads(
                values, 0, kvHeads, length, valueColumns, capacity * valueColumns, valueColumns);
    }

    /**
     * Appends the keys {@code [Hkv, n, d]} and values {@code [Hkv, n, d_v]} of n tokens.
     *
     * @throws IllegalArgumentException if a dimension differs from the cache's; the cache is as
     *     before
     */
    public void append(Heads k, Heads v) {
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
            grow(Math.max(longer, (int) Math.min(2L * capacity, Integer.MAX_VALUE)));
        }
        copyRows(k, keys);
        copyRows(v, values);
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
            keys = keys.clone();
            values = values.clone();
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
        float[] largerKeys = regrown(keys, keyColumns, larger);
        values = regrown(values, valueColumns, larger);
        keys = largerKeys;
        capacity = larger;
    }

    private float[] regrown(float[] old, int columns, int larger) {
        float[] grown = new float[elements(larger, columns)];
        for (int head = 0; head < kvHeads; head++) {
            System.arraycopy(
                    old,
                    head * capacity * columns,
                    grown,
                    head * larger * columns,
                    length * columns);
        }
        return grown;
    }

    private void copyRows(Heads from, float[] to) {
        int columns = from.columns();
        for (int head = 0; head < kvHeads; head++) {
            for (int row = 0; row < from.rows(); row++) {
                System.arraycopy(
                        from.data(),
                        from.index(head, row),
                        to,
                        (head * capacity + length + row) * columns,
                        columns);
            }
        }
    }

    private int elements(int capacity, int columns) {
        long elements = (long) kvHeads * capacity * columns;
        check(
                elements <= Integer.MAX_VALUE - 8,
                "%d heads × %d tokens × %d columns do not fit one array",
                kvHeads,
                capacity,
                columns);
        return (int) elements;
    }
}

package heed.attention;

import static heed.attention.Preconditions.check;

/**
 * See {@link AttentionMask#dense(boolean[][][], int, int)}.
 *
 * @param bits {@code [head][key][query / 64]}: bit {@code query % 64} is set where the query may
 *     attend
 */
record DenseMask(long[][][] bits, int queries, int firstQuery, int firstKey)
        implements AttentionMask {

    static DenseMask of(boolean[][][] allowed, int firstQuery, int firstKey) {
        check(allowed.length >= 1, "a dense mask needs at least 1 head, not %d", allowed.length);
        int queries = allowed[0].length;
        int keys = queries == 0 ? 0 : allowed[0][0].length;
        long[][][] bits = new long[allowed.length][keys][(queries + 63) / 64 + 1];
        for (int head = 0; head < allowed.length; head++) {
            check(
                    allowed[head].length == queries,
                    "head %d of a dense mask has %d queries, head 0 has %d",
                    head,
                    allowed[head].length,
                    queries);
            for (int query = 0; query < queries; query++) {
                boolean[] row = allowed[head][query];
                check(
                        row.length == keys,
                        "query %d of a dense mask has %d keys, query 0 has %d",
                        query,
                        row.length,
                        keys);
                for (int key = 0; key < keys; key++) {
                    if (row[key]) {
                        bits[head][key][query >> 6] |= 1L << query;
                    }
                }
            }
        }
        return new DenseMask(bits, queries, firstQuery, firstKey);
    }

    private long[] column(int head, int key) {
        return bits[bits.length == 1 ? 0 : head][key - firstKey];
    }

    @Override
    public boolean allows(int head, int query, int key) {
        int row = query - firstQuery;
        return (column(head, key)[row >> 6] >>> row & 1) != 0;
    }

    @Override
    public long queries(int head, int firstQuery, int count, int key) {
        int row = firstQuery - this.firstQuery;
        long[] column = column(head, key);
        long low = column[row >> 6] >>> row;
        long high = (row & 63) == 0 ? 0 : column[(row >> 6) + 1] << -row;
        return (low | high) & Bits.range(0, count);
    }

    @Override
    public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
        boolean empty = true;
        boolean full = true;
        for (int key = firstKey; key < firstKey + keys && (empty || full); key++) {
            for (int from = 0; from < queries; from += MAX_QUERIES) {
                int count = Math.min(MAX_QUERIES, queries - from);
                long column = queries(head, firstQuery + from, count, key);
                empty &= column == 0;
                full &= column == Bits.range(0, count);
            }
        }
        return Bits.tile(empty, full);
    }

    @Override
    public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
        check(
                bits.length == 1 || bits.length == heads,
                "a dense mask of %d heads for %d query heads",
                bits.length,
                heads);
        check(
                firstQuery >= this.firstQuery
                        && firstQuery + queries <= this.firstQuery + this.queries,
                "a dense mask of queries %d to %d for queries %d to %d",
                this.firstQuery,
                this.firstQuery + this.queries,
                firstQuery,
                firstQuery + queries);
        check(
                queries == 0
                        || (firstKey >= this.firstKey
                                && firstKey + keys <= this.firstKey + bits[0].length),
                "a dense mask of keys %d to %d for keys %d to %d",
                this.firstKey,
                this.firstKey + bits[0].length,
                firstKey,
                firstKey + keys);
    }
}

package heed.attention;

import static heed.attention.Preconditions.check;

import java.io.Serializable;

/**
 * Which query may attend to which key: true = may attend. Positions are absolute.
 *
 * <p>A mask answers for a pair, for a column of up to 64 queries, and for a tile: an empty tile is
 * skipped, a full one is computed as if there were no mask. Masks compose with {@link #and} and
 * {@link #or}. They are immutable and asked by several threads at once, and serialisable, if what a
 * predicate captures is.
 */
public sealed interface AttentionMask extends Serializable
        permits AttentionMask.Full,
                AttentionMask.Causal,
                AttentionMask.SlidingWindow,
                AttentionMask.Prefix,
                AttentionMask.Padding,
                DocumentsMask,
                DenseMask,
                AttentionMask.Predicate,
                AttentionMask.And,
                AttentionMask.Or {

    /** What a tile of query and key positions holds. */
    enum Tile {
        /** No query of it may attend to any key of it. */
        EMPTY,
        /** Neither is sure: each pair is asked. */
        PARTIAL,
        /** Every query of it may attend to every key of it. */
        FULL
    }

    /** Most queries that {@link #queries} answers for at a time. */
    int MAX_QUERIES = Long.SIZE;

    /** Whether the query may attend to the key. */
    boolean allows(int head, int query, int key);

    /** Classifies the tile of {@code queries × keys} positions, both at least 1. */
    Tile tile(int head, int firstQuery, int queries, int firstKey, int keys);

    /**
     * Bit i is set if query {@code firstQuery + i} may attend to the key, for {@code count ≤ 64}
     * queries.
     */
    default long queries(int head, int firstQuery, int count, int key) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            if (allows(head, firstQuery + i, key)) {
                bits |= 1L << i;
            }
        }
        return bits;
    }

    /**
     * Checks that the mask knows all of these positions.
     *
     * @throws IllegalArgumentException naming the dimension and both values
     */
    default void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {}

    /** What both allow. */
    default AttentionMask and(AttentionMask other) {
        return new And(this, other);
    }

    /** What either allows. */
    default AttentionMask or(AttentionMask other) {
        return new Or(this, other);
    }

    /** The mask of queries that stand at these positions, as if at 0, 1, 2 and so on. */
    default AttentionMask ofQueries(int... positions) {
        int[] at = positions.clone();
        return predicate(
                (head, query, key) -> allows(head, at[query], key),
                (head, firstQuery, queries, firstKey, keys) -> {
                    Tile all = tile(head, at[firstQuery], 1, firstKey, keys);
                    for (int query = firstQuery + 1; query < firstQuery + queries; query++) {
                        if (all == Tile.PARTIAL
                                || tile(head, at[query], 1, firstKey, keys) != all) {
                            return Tile.PARTIAL;
                        }
                    }
                    return all;
                });
    }

    /** Everything. */
    static AttentionMask full() {
        return Full.INSTANCE;
    }

    /** Keys that do not come after the query. */
    static AttentionMask causal() {
        return Causal.INSTANCE;
    }

    /** The last {@code size} keys up to the query, itself included: a causal sliding window. */
    static AttentionMask slidingWindow(int size) {
        check(size >= 1, "a sliding window must hold at least 1 key, not %d", size);
        return new SlidingWindow(size - 1, 0);
    }

    /** Keys from {@code before} positions before the query to {@code after} positions after it. */
    static AttentionMask slidingWindow(int before, int after) {
        return new SlidingWindow(before, after);
    }

    /** The first {@code length} keys for every query, and the keys that do not come after it. */
    static AttentionMask prefix(int length) {
        return new Prefix(length);
    }

    /** The first {@code length} keys: what follows is padding. */
    static AttentionMask padding(int length) {
        return new Padding(new int[] {length}, Integer.MAX_VALUE);
    }

    /**
     * A length for each sequence of a batch, whose heads follow each other: head h is of sequence
     * {@code h / headsPerSequence}.
     */
    static AttentionMask padding(int[] lengths, int headsPerSequence) {
        return new Padding(lengths, headsPerSequence);
    }

    /** Documents packed one behind the other, of these lengths: a query attends within its own. */
    static AttentionMask documents(int... lengths) {
        return DocumentsMask.of(lengths);
    }

    /** {@code allowed[query][key]}, from position 0, for every head. */
    static AttentionMask dense(boolean[][] allowed) {
        return DenseMask.of(new boolean[][][] {allowed}, 0, 0);
    }

    /**
     * {@code allowed[head][query][key]}, where query 0 and key 0 stand at the given positions; one
     * head serves for all.
     */
    static AttentionMask dense(boolean[][][] allowed, int firstQuery, int firstKey) {
        return DenseMask.of(allowed, firstQuery, firstKey);
    }

    /**
     * What a predicate allows. It must be pure: it is asked by several threads, any number of
     * times.
     */
    static AttentionMask predicate(PairPredicate allows) {
        return new Predicate(allows, (head, firstQuery, queries, firstKey, keys) -> Tile.PARTIAL);
    }

    /**
     * The same with an answer for whole tiles, which must not contradict the one for pairs: a
     * block-sparse mask.
     */
    static AttentionMask predicate(PairPredicate allows, TileClassifier tiles) {
        return new Predicate(allows, tiles);
    }

    /** Whether a query may attend to a key. */
    @FunctionalInterface
    interface PairPredicate extends Serializable {
        boolean allows(int head, int query, int key);
    }

    /** What a tile holds. */
    @FunctionalInterface
    interface TileClassifier extends Serializable {
        Tile tile(int head, int firstQuery, int queries, int firstKey, int keys);
    }

    /** See {@link #full()}. */
    enum Full implements AttentionMask {
        INSTANCE;

        @Override
        public boolean allows(int head, int query, int key) {
            return true;
        }

        @Override
        public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
            return Tile.FULL;
        }
    }

    /** See {@link #causal()}. */
    enum Causal implements AttentionMask {
        INSTANCE;

        @Override
        public boolean allows(int head, int query, int key) {
            return key <= query;
        }

        @Override
        public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
            return Bits.tile(
                    firstKey > firstQuery + queries - 1, firstKey + keys - 1 <= firstQuery);
        }

        @Override
        public long queries(int head, int firstQuery, int count, int key) {
            return Bits.range(key - firstQuery, count);
        }
    }

    /** See {@link #slidingWindow(int, int)}. */
    record SlidingWindow(int before, int after) implements AttentionMask {
        public SlidingWindow {
            check(
                    before >= 0 && after >= 0,
                    "a window must not be negative: %d before, %d after",
                    before,
                    after);
        }

        @Override
        public boolean allows(int head, int query, int key) {
            return (long) key >= (long) query - before && (long) key <= (long) query + after;
        }

        @Override
        public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
            long lastQuery = firstQuery + queries - 1L;
            long lastKey = firstKey + keys - 1L;
            return Bits.tile(
                    lastKey < (long) firstQuery - before || firstKey > lastQuery + after,
                    firstKey >= lastQuery - before && lastKey <= (long) firstQuery + after);
        }

        @Override
        public long queries(int head, int firstQuery, int count, int key) {
            long from = (long) key - after - firstQuery;
            long to = (long) key + before - firstQuery + 1;
            return Bits.range(Math.clamp(from, 0, count), Math.clamp(to, 0, count));
        }
    }

    /** See {@link #prefix(int)}. */
    record Prefix(int length) implements AttentionMask {
        public Prefix {
            check(length >= 0, "a prefix must not be negative: %d", length);
        }

        @Override
        public boolean allows(int head, int query, int key) {
            return key < length || key <= query;
        }

        @Override
        public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
            int lastKey = firstKey + keys - 1;
            return Bits.tile(
                    firstKey >= length && firstKey > firstQuery + queries - 1,
                    lastKey < length || lastKey <= firstQuery);
        }

        @Override
        public long queries(int head, int firstQuery, int count, int key) {
            return Bits.range(key < length ? 0 : key - firstQuery, count);
        }
    }

    /** See {@link #padding(int[], int)}. */
    record Padding(int[] lengths, int headsPerSequence) implements AttentionMask {
        public Padding {
            lengths = lengths.clone();
            for (int length : lengths) {
                check(length >= 0, "a length must not be negative: %d", length);
            }
            check(
                    lengths.length >= 1 && headsPerSequence >= 1,
                    "%d lengths and %d heads per sequence must be at least 1 each",
                    lengths.length,
                    headsPerSequence);
        }

        @Override
        public boolean allows(int head, int query, int key) {
            return key < lengths[head / headsPerSequence];
        }

        @Override
        public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
            int length = lengths[head / headsPerSequence];
            return Bits.tile(firstKey >= length, firstKey + keys <= length);
        }

        @Override
        public long queries(int head, int firstQuery, int count, int key) {
            return allows(head, firstQuery, key) ? Bits.range(0, count) : 0;
        }

        @Override
        public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
            check(
                    (heads - 1) / headsPerSequence < lengths.length,
                    "%d lengths of %d heads each do not cover %d heads",
                    lengths.length,
                    headsPerSequence,
                    heads);
        }
    }

    /** See {@link #predicate(PairPredicate, TileClassifier)}. */
    record Predicate(PairPredicate pairs, TileClassifier tiles) implements AttentionMask {
        @Override
        public boolean allows(int head, int query, int key) {
            return pairs.allows(head, query, key);
        }

        @Override
        public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
            return tiles.tile(head, firstQuery, queries, firstKey, keys);
        }
    }

    /** See {@link #and}. */
    record And(AttentionMask left, AttentionMask right) implements AttentionMask {
        @Override
        public boolean allows(int head, int query, int key) {
            return left.allows(head, query, key) && right.allows(head, query, key);
        }

        @Override
        public long queries(int head, int firstQuery, int count, int key) {
            return left.queries(head, firstQuery, count, key)
                    & right.queries(head, firstQuery, count, key);
        }

        @Override
        public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
            Tile a = left.tile(head, firstQuery, queries, firstKey, keys);
            Tile b = right.tile(head, firstQuery, queries, firstKey, keys);
            return Bits.tile(a == Tile.EMPTY || b == Tile.EMPTY, a == Tile.FULL && b == Tile.FULL);
        }

        @Override
        public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
            left.checkCovers(heads, firstQuery, queries, firstKey, keys);
            right.checkCovers(heads, firstQuery, queries, firstKey, keys);
        }
    }

    /** See {@link #or}. */
    record Or(AttentionMask left, AttentionMask right) implements AttentionMask {
        @Override
        public boolean allows(int head, int query, int key) {
            return left.allows(head, query, key) || right.allows(head, query, key);
        }

        @Override
        public long queries(int head, int firstQuery, int count, int key) {
            return left.queries(head, firstQuery, count, key)
                    | right.queries(head, firstQuery, count, key);
        }

        @Override
        public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
            Tile a = left.tile(head, firstQuery, queries, firstKey, keys);
            Tile b = right.tile(head, firstQuery, queries, firstKey, keys);
            return Bits.tile(a == Tile.EMPTY && b == Tile.EMPTY, a == Tile.FULL || b == Tile.FULL);
        }

        @Override
        public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
            left.checkCovers(heads, firstQuery, queries, firstKey, keys);
            right.checkCovers(heads, firstQuery, queries, firstKey, keys);
        }
    }
}

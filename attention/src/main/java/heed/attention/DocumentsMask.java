package heed.attention;

import static heed.attention.Preconditions.check;

import java.util.Arrays;

/**
 * See {@link AttentionMask#documents}.
 *
 * @param document which document each position is of, in ascending order
 * @param starts the first position of each document, and the position behind the last one
 */
record DocumentsMask(int[] document, int[] starts) implements AttentionMask {

    static DocumentsMask of(int[] lengths) {
        for (int length : lengths) {
            check(length >= 0, "a document must not have a negative length: %d", length);
        }
        int[] document = new int[Arrays.stream(lengths).reduce(0, Math::addExact)];
        int[] starts = new int[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            starts[i + 1] = starts[i] + lengths[i];
            Arrays.fill(document, starts[i], starts[i + 1], i);
        }
        return new DocumentsMask(document, starts);
    }

    @Override
    public boolean allows(int head, int query, int key) {
        return document[query] == document[key];
    }

    @Override
    public long queries(int head, int firstQuery, int count, int key) {
        int from = starts[document[key]] - firstQuery;
        int to = starts[document[key] + 1] - firstQuery;
        return Bits.range(from, Math.min(to, count));
    }

    @Override
    public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
        int firstOfQueries = document[firstQuery];
        int lastOfQueries = document[firstQuery + queries - 1];
        int firstOfKeys = document[firstKey];
        int lastOfKeys = document[firstKey + keys - 1];
        return Bits.tile(
                lastOfKeys < firstOfQueries || firstOfKeys > lastOfQueries,
                firstOfQueries == lastOfQueries
                        && firstOfKeys == lastOfKeys
                        && firstOfQueries == firstOfKeys);
    }

    @Override
    public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
        check(
                firstQuery + queries <= document.length && firstKey + keys <= document.length,
                "documents of %d tokens in all do not cover queries up to %d and keys up to %d",
                document.length,
                firstQuery + queries,
                firstKey + keys);
    }
}

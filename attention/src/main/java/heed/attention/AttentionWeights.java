package heed.attention;

import static heed.attention.Preconditions.check;

import heed.attention.kernel.WeightKernel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The attention weights {@code P[i,j] = exp(S[i,j] − LSE[i])}, recomputed from an input and its
 * output wherever somebody looks. Memory grows with what is asked for alone.
 *
 * <p>Queries and keys are rows of the input here, from 0, whatever their positions. The weights are
 * those before dropout, whether the input has any or not.
 *
 * @param input what attention was computed from
 * @param lse {@code [H, n_q]}: the log-sum-exps that {@link Attention#forward} returned for it
 */
public record AttentionWeights(AttentionInput input, float[] lse) {

    /** Keys from {@code from} (inclusive) to {@code end} (exclusive). */
    public record KeyRange(int from, int end) {}

    /** Keys that are asked for together whether a mask lets any of them through. */
    private static final int REACH_KEYS = 64;

    /** A key and the weight that a query gives it. */
    public record Weight(int key, float weight) {}

    private static final Comparator<Weight> LEAST_FIRST =
            Comparator.comparingDouble(Weight::weight)
                    .thenComparing(Comparator.comparingInt(Weight::key).reversed());

    /**
     * @throws IllegalArgumentException if there is not one log-sum-exp for each head and query
     */
    public AttentionWeights {
        Heads q = input.q();
        check(
                lse.length == q.heads() * q.rows(),
                "%d log-sum-exps for %d heads × %d queries",
                lse.length,
                q.heads(),
                q.rows());
    }

    /**
     * The weights behind an output.
     *
     * @throws IllegalArgumentException if the output is not of this input's shape
     */
    public AttentionWeights(AttentionInput input, AttentionOutput output) {
        this(input, checkedLse(input.q(), output.out(), output.lse()));
    }

    private static float[] checkedLse(Heads q, Heads out, float[] lse) {
        check(
                q.heads() == out.heads() && q.rows() == out.rows(),
                "an output of %d heads × %d queries for an input of %d × %d",
                out.heads(),
                out.rows(),
                q.heads(),
                q.rows());
        return lse;
    }

    /** The weights of one query: n_k of them, which sum to 1, less what a sink takes. */
    public float[] row(int head, int query) {
        return tile(head, query, 1, 0, input.k().rows())[0];
    }

    /** {@code [queries][keys]} weights from {@code (firstQuery, firstKey)} on; 0 where masked. */
    public float[][] tile(int head, int firstQuery, int queries, int firstKey, int keys) {
        checkTile(head, firstQuery, queries, firstKey, keys);
        float[][] weights = new float[queries][keys];
        kernel().weights(head, firstQuery, queries, firstKey, keys, weights, 0);
        return weights;
    }

    /**
     * The same into an array that stands already.
     *
     * @param rows {@code [queries][n_k]} at least: row i gets the weights of query {@code
     *     firstQuery + i}, element j that of key j; elements of other keys stay as they are
     */
    public void tile(
            int head, int firstQuery, int queries, int firstKey, int keys, float[][] rows) {
        checkTile(head, firstQuery, queries, firstKey, keys);
        check(rows.length >= queries, "%d rows for %d queries", rows.length, queries);
        for (int i = 0; i < queries; i++) {
            int columns = rows[i].length;
            check(
                    columns >= firstKey + keys,
                    "a row of %d for keys to %d",
                    columns,
                    firstKey + keys);
        }
        kernel().weights(head, firstQuery, queries, firstKey, keys, rows, firstKey);
    }

    /**
     * For each query, of groups of keys that follow one another, the largest weight and the sum of
     * weights; group g holds the keys from {@code firstKey + g · keysPerGroup} on, and the last may
     * be shorter.
     *
     * @param keysPerGroup 1, 2, 4, 8, 16, 32 or 64
     * @param largest {@code [queries][groups]} at least; overwritten
     * @param sums {@code [queries][groups]} at least; overwritten
     */
    public void groups(
            int head,
            int firstQuery,
            int queries,
            int firstKey,
            int keys,
            int keysPerGroup,
            float[][] largest,
            float[][] sums) {
        checkTile(head, firstQuery, queries, firstKey, keys);
        check(
                Integer.bitCount(keysPerGroup) == 1 && keysPerGroup >= 1 && keysPerGroup <= 64,
                "a group has a power of two keys, at most 64, not %d",
                keysPerGroup);
        int groups = Math.ceilDiv(keys, keysPerGroup);
        for (float[][] rows : new float[][][] {largest, sums}) {
            check(rows.length >= queries, "%d rows for %d queries", rows.length, queries);
            for (int i = 0; i < queries; i++) {
                check(
                        rows[i].length >= groups,
                        "a row of %d for %d groups of keys",
                        rows[i].length,
                        groups);
            }
        }
        kernel().groups(head, firstQuery, queries, firstKey, keys, keysPerGroup, largest, sums);
    }

    /**
     * A range of keys beyond which the mask hides every key from all of some queries; empty if it
     * hides them all.
     */
    public KeyRange reach(int head, int firstQuery, int queries) {
        checkTile(head, firstQuery, queries, 0, 0);
        int keys = input.k().rows();
        int from = 0;
        while (from < keys && hidden(head, firstQuery, queries, from)) {
            from += REACH_KEYS;
        }
        int end = keys;
        while (end > from
                && hidden(head, firstQuery, queries, (end - 1) / REACH_KEYS * REACH_KEYS)) {
            end = (end - 1) / REACH_KEYS * REACH_KEYS;
        }
        return new KeyRange(Math.min(from, end), end);
    }

    private boolean hidden(int head, int firstQuery, int queries, int firstKey) {
        int keys = Math.min(REACH_KEYS, input.k().rows() - firstKey);
        return queries == 0
                || input.mask()
                                .tile(
                                        head,
                                        input.firstQuery() + firstQuery,
                                        queries,
                                        input.firstKey() + firstKey,
                                        keys)
                        == AttentionMask.Tile.EMPTY;
    }

    /**
     * {@code [queries][keys]} scores from {@code (firstQuery, firstKey)} on, whose softmax the
     * weights are: after scale, soft cap, bias and mask; −∞ where masked.
     */
    public float[][] scores(int head, int firstQuery, int queries, int firstKey, int keys) {
        checkTile(head, firstQuery, queries, firstKey, keys);
        return kernel().scores(head, firstQuery, queries, firstKey, keys);
    }

    /**
     * The {@code count} largest weights of a query, largest first, of equal ones the first key
     * first; none that is 0.
     */
    public List<Weight> top(int head, int query, int count) {
        check(count >= 0, "cannot give the %d largest weights", count);
        float[] row = row(head, query);
        PriorityQueue<Weight> largest = new PriorityQueue<>(LEAST_FIRST);
        for (int key = 0; key < row.length; key++) {
            if (row[key] > 0) {
                largest.add(new Weight(key, row[key]));
                if (largest.size() > count) {
                    largest.remove();
                }
            }
        }
        List<Weight> sorted = new ArrayList<>(largest);
        sorted.sort(LEAST_FIRST.reversed());
        return sorted;
    }

    /** For each key, what all queries of a head together give it: n_k sums. */
    public double[] columnSums(int head) {
        check(
                head >= 0 && head < input.q().heads(),
                "head %d is not one of %d",
                head,
                input.q().heads());
        return WeightKernel.columnSums(input.forKernel(), lse, head);
    }

    private WeightKernel kernel() {
        return new WeightKernel(input.forKernel(), lse);
    }

    private void checkTile(int head, int firstQuery, int queries, int firstKey, int keys) {
        check(
                head >= 0 && head < input.q().heads(),
                "head %d is not one of %d",
                head,
                input.q().heads());
        checkRange("queries", firstQuery, queries, input.q().rows());
        checkRange("keys", firstKey, keys, input.k().rows());
    }

    private static void checkRange(String what, int first, int count, int of) {
        check(
                first >= 0 && count >= 0 && first <= of - count,
                "%s %d to %d are not within %d",
                what,
                first,
                (long) first + count,
                of);
    }
}

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
 * @param output what {@link Attention#forward} returned for it
 */
public record AttentionWeights(AttentionInput input, AttentionOutput output) {

    /** A key and the weight that a query gives it. */
    public record Weight(int key, float weight) {}

    private static final Comparator<Weight> LEAST_FIRST =
            Comparator.comparingDouble(Weight::weight)
                    .thenComparing(Comparator.comparingInt(Weight::key).reversed());

    /**
     * @throws IllegalArgumentException if the output is not of this input's shape
     */
    public AttentionWeights {
        Heads q = input.q();
        Heads out = output.out();
        check(
                q.heads() == out.heads() && q.rows() == out.rows(),
                "an output of %d heads × %d queries for an input of %d × %d",
                out.heads(),
                out.rows(),
                q.heads(),
                q.rows());
    }

    /** The weights of one query: n_k of them, which sum to 1, less what a sink takes. */
    public float[] row(int head, int query) {
        return tile(head, query, 1, 0, input.k().rows())[0];
    }

    /** {@code [queries][keys]} weights from {@code (firstQuery, firstKey)} on; 0 where masked. */
    public float[][] tile(int head, int firstQuery, int queries, int firstKey, int keys) {
        checkTile(head, firstQuery, queries, firstKey, keys);
        return kernel().weights(head, firstQuery, queries, firstKey, keys);
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
        return WeightKernel.columnSums(input.forKernel(), output.lse(), head);
    }

    private WeightKernel kernel() {
        return new WeightKernel(input.forKernel(), output.lse());
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

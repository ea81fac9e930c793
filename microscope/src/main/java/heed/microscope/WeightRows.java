package heed.microscope;

import heed.attention.AttentionWeights.KeyRange;

/**
 * The weights that some queries of one head give to all keys, recomputed. They are lent: what a
 * reader wants to keep of them, it copies.
 *
 * @param head whose they are
 * @param queries the tokens that look, rising
 * @param reach beyond it the mask hides every key from all of these queries, and {@code weights}
 *     may hold anything
 * @param weights {@code [queries][n]}; there may be more rows, which mean nothing
 */
public record WeightRows(HeadId head, int[] queries, KeyRange reach, float[][] weights) {

    /** Row by its number in this block: {@code [n]}, of which {@link #reach} counts. */
    public float[] row(int i) {
        return weights[i];
    }

    /** How many rows there are. */
    public int size() {
        return queries.length;
    }
}

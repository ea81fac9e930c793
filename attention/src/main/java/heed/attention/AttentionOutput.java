package heed.attention;

import static heed.attention.Preconditions.check;

/**
 * What attention returns. Together with its input it holds all that can be asked about the
 * attention: see {@link AttentionWeights}.
 *
 * @param out {@code [H, n_q, d_v]}, in the order of dimensions that the queries had; 0 in a row
 *     with nothing to attend to
 * @param lse {@code [H, n_q]}, row-major: {@code ln Σ_j exp(S[i,j])}; −∞ in a row with nothing to
 *     attend to. A sink counts into it.
 */
public record AttentionOutput(Heads out, float[] lse) {

    public AttentionOutput {
        check(
                lse.length == out.heads() * out.rows(),
                "%d log-sum-exps for %d heads × %d rows",
                lse.length,
                out.heads(),
                out.rows());
    }

    /** The log-sum-exp of one row. */
    public float lse(int head, int query) {
        return lse[head * out.rows() + query];
    }

    /**
     * Attention of the same queries to the keys of both: {@code this} and {@code other} must come
     * from disjoint sets of keys. Associative and commutative up to rounding; an output of rows
     * with nothing to attend to is neutral. Give a sink to one of the two alone.
     *
     * @throws IllegalArgumentException if the shapes differ
     */
    public AttentionOutput merge(AttentionOutput other) {
        OutputAccumulator both = new OutputAccumulator(out.heads(), out.rows(), out.columns());
        both.add(this);
        both.add(other);
        AttentionOutput merged =
                new AttentionOutput(out.zerosLike(out.columns()), new float[lse.length]);
        both.writeTo(merged);
        return merged;
    }
}

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
        Heads a = out;
        Heads b = other.out;
        check(a.heads() == b.heads(), "%d heads and %d heads differ", a.heads(), b.heads());
        check(a.rows() == b.rows(), "%d queries and %d queries differ", a.rows(), b.rows());
        check(
                a.columns() == b.columns(),
                "%d columns and %d columns differ",
                a.columns(),
                b.columns());
        Heads merged = a.zerosLike(a.columns());
        float[] mergedLse = new float[lse.length];
        for (int head = 0; head < a.heads(); head++) {
            for (int row = 0; row < a.rows(); row++) {
                double lseA = lse(head, row);
                double lseB = other.lse(head, row);
                double max = Math.max(lseA, lseB);
                if (max == Double.NEGATIVE_INFINITY) {
                    mergedLse[head * a.rows() + row] = Float.NEGATIVE_INFINITY;
                    continue;
                }
                double weightA = Math.exp(lseA - max);
                double weightB = Math.exp(lseB - max);
                double sum = weightA + weightB;
                mergedLse[head * a.rows() + row] = (float) (max + Math.log(sum));
                int at = merged.index(head, row);
                for (int c = 0; c < a.columns(); c++) {
                    merged.data()[at + c] =
                            (float)
                                    ((weightA * a.get(head, row, c) + weightB * b.get(head, row, c))
                                            / sum);
                }
            }
        }
        return new AttentionOutput(merged, mergedLse);
    }
}

package heed.microscope;

import heed.attention.KeyValueHeads;
import heed.transformer.layer.MultiHeadAttention;
import java.util.List;

/**
 * How much one token matters to another, as a matrix {@code [tokens][tokens]}: rows look, columns
 * are looked at.
 */
public final class Relevance {

    /** A way to say what matters. */
    public enum Measure {
        /**
         * {@code Σ ‖α f(x)‖} over heads, where {@code f(x) = (x W_V + b_V) W_O}: the length of the
         * vector that attention really moves, not the weight alone (Kobayashi et al. 2020,
         * "Attention is Not Only a Weight"). Rows do not sum to 1.
         */
        NORM,
        /** The attention weights themselves, averaged over heads where there are several. */
        RAW,
        /**
         * Attention rollout (Abnar &amp; Zuidema 2020): {@code R_l = rownorm(A_l + I) R_(l−1)},
         * with A_l the mean of a layer's heads. It tends to collapse onto the first token.
         */
        ROLLOUT
    }

    /**
     * {@code Σ ‖α f(x)‖} over the given heads.
     *
     * @param attention the attention of every layer of the model that was traced
     */
    public static double[][] normWeighted(
            AttentionTrace trace, List<MultiHeadAttention> attention, List<HeadId> heads) {
        double[][] sum = new double[trace.tokens()][trace.tokens()];
        for (HeadId head : heads) {
            KeyValueHeads values = trace.weights(head.layer()).input().v();
            double[] norms = attention.get(head.layer()).contributionNorms(values, head.head());
            float[][] weights = trace.weights(head);
            for (int i = 0; i < sum.length; i++) {
                for (int j = 0; j < sum.length; j++) {
                    sum[i][j] += weights[i][j] * norms[j];
                }
            }
        }
        return sum;
    }

    /** The mean of the weights of the given heads; those of one head are its own, untouched. */
    public static double[][] raw(AttentionTrace trace, List<HeadId> heads) {
        double[][] mean = new double[trace.tokens()][trace.tokens()];
        for (HeadId head : heads) {
            float[][] weights = trace.weights(head);
            for (int i = 0; i < mean.length; i++) {
                for (int j = 0; j < mean.length; j++) {
                    mean[i][j] += weights[i][j] / (double) heads.size();
                }
            }
        }
        return mean;
    }

    /** Attention rollout through all layers. */
    public static double[][] rollout(AttentionTrace trace) {
        int n = trace.tokens();
        double[][] rollout = new double[n][n];
        for (int i = 0; i < n; i++) {
            rollout[i][i] = 1;
        }
        for (int layer = 0; layer < trace.layers(); layer++) {
            rollout = product(withResidual(raw(trace, trace.headsOf(layer))), rollout);
        }
        return rollout;
    }

    /** {@code rownorm(A + I)}. */
    private static double[][] withResidual(double[][] a) {
        for (int i = 0; i < a.length; i++) {
            a[i][i] += 1;
            double sum = 0;
            for (double weight : a[i]) {
                sum += weight;
            }
            for (int j = 0; j < a.length; j++) {
                a[i][j] /= sum;
            }
        }
        return a;
    }

    private static double[][] product(double[][] a, double[][] b) {
        double[][] product = new double[a.length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < a.length; k++) {
                for (int j = 0; j < a.length; j++) {
                    product[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return product;
    }

    private Relevance() {}
}

package heed.transformer.layer;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionOutput;
import heed.attention.Heads;

/**
 * Multi-head attention (Vaswani et al. 2017, §3.2.2): project to queries, keys and values, attend
 * in every head, concatenate the heads, project back.
 */
public final class MultiHeadAttention {
    private final int heads;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear output;

    /**
     * @param heads number of heads
     * @param query {@code [hidden, heads · d]}
     * @param key {@code [hidden, heads · d]}
     * @param value {@code [hidden, heads · d_v]}
     * @param output {@code [heads · d_v, hidden]}
     * @throws IllegalArgumentException if the heads do not divide a projection
     */
    public MultiHeadAttention(int heads, Linear query, Linear key, Linear value, Linear output) {
        if (heads < 1 || query.out() % heads != 0 || value.out() % heads != 0) {
            throw new IllegalArgumentException(
                    "%d heads do not divide projections of %d and %d features"
                            .formatted(heads, query.out(), value.out()));
        }
        if (query.out() != key.out()) {
            throw new IllegalArgumentException(
                    "queries of %d features and keys of %d differ"
                            .formatted(query.out(), key.out()));
        }
        if (value.out() != output.in()) {
            throw new IllegalArgumentException(
                    "values of %d features and an output projection from %d differ"
                            .formatted(value.out(), output.in()));
        }
        this.heads = heads;
        this.query = query;
        this.key = key;
        this.value = value;
        this.output = output;
    }

    /**
     * {@code [n, hidden]} of x {@code [n, hidden]}.
     *
     * @param mask which token may attend to which
     * @param layer the number of this layer, for the probe
     */
    public float[] forward(float[] x, AttentionMask mask, int layer, AttentionProbe probe) {
        AttentionInput input =
                AttentionInput.of(split(query, x), split(key, x), split(value, x)).withMask(mask);
        AttentionOutput attended = Attention.forward(input);
        probe.attended(layer, input, attended);
        return output.forward(attended.out().data());
    }

    /**
     * {@code ‖f(x_j)‖} for every token j, where {@code f(x) = (x W_V + b_V) W_O} is what a head
     * would add to a token that gave j all its attention. The output bias has no part in it
     * (Kobayashi et al. 2020, eq. 5).
     *
     * @param values the values of this layer {@code [heads, n, d_v]}
     */
    public double[] contributionNorms(Heads values, int head) {
        double[][] gram = outputGram(head, values.columns());
        double[] norms = new double[values.rows()];
        for (int j = 0; j < norms.length; j++) {
            double square = 0;
            for (int a = 0; a < values.columns(); a++) {
                double sum = 0;
                for (int b = 0; b < values.columns(); b++) {
                    sum += gram[a][b] * values.get(head, j, b);
                }
                square += values.get(head, j, a) * sum;
            }
            norms[j] = Math.sqrt(Math.max(0, square));
        }
        return norms;
    }

    /** {@code W_O W_Oᵀ} of a head's rows of W_O, so that {@code ‖v W_O‖² = v (W_O W_Oᵀ) vᵀ}. */
    private double[][] outputGram(int head, int columns) {
        float[][] rows = new float[columns][];
        for (int a = 0; a < columns; a++) {
            rows[a] = output.weightRow(head * columns + a);
        }
        double[][] gram = new double[columns][columns];
        for (int a = 0; a < columns; a++) {
            for (int b = 0; b <= a; b++) {
                double dot = 0;
                for (int i = 0; i < rows[a].length; i++) {
                    dot += (double) rows[a][i] * rows[b][i];
                }
                gram[a][b] = dot;
                gram[b][a] = dot;
            }
        }
        return gram;
    }

    /** {@code [heads, n, d]} of {@code projection(x) [n, heads · d]}, in place. */
    private Heads split(Linear projection, float[] x) {
        int n = x.length / projection.in();
        return Heads.interleaved(n, heads, projection.out() / heads, projection.forward(x));
    }
}

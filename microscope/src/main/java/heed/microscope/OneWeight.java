package heed.microscope;

import heed.attention.AttentionInput;
import heed.attention.AttentionWeights;

/**
 * How one attention weight came about, in the model's own numbers: {@code weight = softmax(scale ·
 * q·k + bias, masked)}, and what is made of it, {@code out = Σ_j weight_j v_j} (Vaswani et al.
 * 2017, eq. 1).
 *
 * @param query the token that looks, by its piece
 * @param key the token that is looked at
 * @param q {@code [d]}, after norms and turns by positions, if the model has them
 * @param k {@code [d]}, likewise
 * @param dot {@code q · k}
 * @param scale what the dot product is multiplied with: 1/√d in most models
 * @param softCap what bounds the product then, or infinity
 * @param bias what is added then
 * @param hidden whether the mask hides the key from the query: the weight is 0
 * @param scores {@code [n]}: of the query with every key; −∞ where hidden
 * @param weights {@code [n]}: their softmax
 * @param v {@code [d_v]}: the value of the key
 * @param out {@code [d_v]}: what the head gives the query
 * @param added {@code [hidden]}: what the output projection makes of it, and the layer adds of this
 *     head, but for an output norm
 */
public record OneWeight(
        HeadId head,
        int query,
        int key,
        float[] q,
        float[] k,
        double dot,
        float scale,
        float softCap,
        float bias,
        boolean hidden,
        float[] scores,
        float[] weights,
        float[] v,
        float[] out,
        float[] added) {

    /**
     * Takes it from a run.
     *
     * @throws QuestionException if there is no such head or token
     */
    public static OneWeight of(ModelRun run, HeadId head, int query, int key) {
        AttentionTrace trace = run.trace();
        if (head.layer() < 0
                || head.layer() >= trace.layers()
                || head.head() < 0
                || head.head() >= trace.heads()) {
            throw new QuestionException(
                    "there is no head %s: %s has %d layers of %d heads"
                            .formatted(head, run.model().name(), trace.layers(), trace.heads()));
        }
        int n = trace.tokens();
        if (query < 0 || query >= n || key < 0 || key >= n) {
            throw new QuestionException(
                    "there is no pair of tokens %d and %d: there are tokens 0 to %d"
                            .formatted(query, key, n - 1));
        }
        AttentionWeights weights = trace.weights(head.layer(), query);
        AttentionInput input = weights.input();
        int kvHead = input.keyHead(head.head());
        float[] q = input.q().row(head.head(), 0);
        float[] k = input.k().row(kvHead, key);
        double dot = 0;
        for (int c = 0; c < q.length; c++) {
            dot += (double) q[c] * k[c];
        }
        float[] row = weights.row(head.head(), 0);
        float[] out = mixture(input, kvHead, row);
        float[] scores = weights.scores(head.head(), 0, 1, 0, n)[0];
        return new OneWeight(
                head,
                query,
                key,
                q,
                k,
                dot,
                input.scale(),
                input.softCap(),
                input.bias().at(head.head(), input.firstQuery(), input.firstKey() + key),
                scores[key] == Float.NEGATIVE_INFINITY,
                scores,
                row,
                input.v().row(kvHead, key),
                out,
                run.model().attention().get(head.layer()).projected(out, head.head()));
    }

    private static float[] mixture(AttentionInput input, int kvHead, float[] weights) {
        double[] sum = new double[input.v().columns()];
        for (int j = 0; j < weights.length; j++) {
            if (weights[j] != 0) {
                float[] v = input.v().row(kvHead, j);
                for (int c = 0; c < sum.length; c++) {
                    sum[c] += (double) weights[j] * v[c];
                }
            }
        }
        float[] mixture = new float[sum.length];
        for (int c = 0; c < mixture.length; c++) {
            mixture[c] = (float) sum[c];
        }
        return mixture;
    }
}

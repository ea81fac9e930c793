package heed.ring;

import heed.attention.AttentionInput;
import heed.attention.Heads;

/** Attention of one row, straight from its definition in float64. */
final class Definition {
    record Row(double[] out, double lse) {}

    static Row row(AttentionInput input, int head, int query) {
        Heads k = (Heads) input.k();
        Heads v = (Heads) input.v();
        int kvHead = input.keyHead(head);
        double[] out = new double[v.columns()];
        double sum = 0;
        double max = Double.NEGATIVE_INFINITY;
        double[] scores = new double[k.rows()];
        for (int key = 0; key < scores.length; key++) {
            scores[key] = Double.NEGATIVE_INFINITY;
            if (input.mask().allows(head, query, key)) {
                scores[key] = 0;
                for (int c = 0; c < k.columns(); c++) {
                    scores[key] += (double) input.q().get(head, query, c) * k.get(kvHead, key, c);
                }
                scores[key] *= input.scale();
                max = Math.max(max, scores[key]);
            }
        }
        for (int key = 0; key < scores.length; key++) {
            double weight = max == Double.NEGATIVE_INFINITY ? 0 : Math.exp(scores[key] - max);
            sum += weight;
            for (int c = 0; c < out.length; c++) {
                out[c] += weight * v.get(kvHead, key, c);
            }
        }
        for (int c = 0; c < out.length; c++) {
            out[c] = sum == 0 ? 0 : out[c] / sum;
        }
        return new Row(out, max + Math.log(sum));
    }

    private Definition() {}
}

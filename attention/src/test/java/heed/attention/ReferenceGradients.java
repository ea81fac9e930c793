package heed.attention;

/**
 * The oracle of the backward pass: the chain rule through softmax in float64, one pair at a time. A
 * masked pair is never read.
 */
final class ReferenceGradients {
    final double[][][] dq;
    final double[][][] dk;
    final double[][][] dv;
    final double[][][] dBias;
    final double[] dSinks;

    private final AttentionInput input;
    private final Heads dOut;

    ReferenceGradients(AttentionInput input, Heads dOut) {
        this.input = input;
        this.dOut = dOut;
        Heads q = input.q();
        Heads k = (Heads) input.k();
        dq = new double[q.heads()][q.rows()][q.columns()];
        dk = new double[k.heads()][k.rows()][k.columns()];
        dv = new double[k.heads()][k.rows()][input.v().columns()];
        dBias = new double[q.heads()][q.rows()][k.rows()];
        dSinks = new double[q.heads()];
        ReferenceAttention forward = new ReferenceAttention(input);
        for (int head = 0; head < q.heads(); head++) {
            for (int i = 0; i < q.rows(); i++) {
                double[] scores = forward.scores(head, i);
                addRow(head, i, scores, forward.lse(head, scores), forward);
            }
        }
    }

    private void addRow(int head, int i, double[] scores, double lse, ReferenceAttention forward) {
        int kvHead = head / (input.q().heads() / input.k().heads());
        int keys = scores.length;
        double[] weights = new double[keys];
        double[] dWeights = new double[keys];
        double mean = 0;
        for (int j = 0; j < keys; j++) {
            if (scores[j] == Double.NEGATIVE_INFINITY) {
                continue;
            }
            weights[j] = Math.exp(scores[j] - lse);
            double factor = forward.dropoutFactor(head, i, j);
            for (int c = 0; c < dOut.columns(); c++) {
                dWeights[j] += factor * dOut.get(head, i, c) * input.v().get(kvHead, j, c);
                dv[kvHead][j][c] += factor * weights[j] * dOut.get(head, i, c);
            }
            mean += weights[j] * dWeights[j];
        }
        float[] sinks = input.sinks();
        if (sinks != null) {
            dSinks[head] -= Math.exp(sinks[head] - lse) * mean;
        }
        for (int j = 0; j < keys; j++) {
            if (scores[j] == Double.NEGATIVE_INFINITY) {
                continue;
            }
            double dScore = weights[j] * (dWeights[j] - mean);
            dBias[head][i][j] = dScore;
            dScore *= slopeOfCap(head, i, kvHead, j) * input.scale();
            for (int c = 0; c < input.q().columns(); c++) {
                dq[head][i][c] += dScore * input.k().get(kvHead, j, c);
                dk[kvHead][j][c] += dScore * input.q().get(head, i, c);
            }
        }
    }

    private double slopeOfCap(int head, int i, int kvHead, int j) {
        if (input.softCap() == Float.POSITIVE_INFINITY) {
            return 1;
        }
        double dot = 0;
        for (int c = 0; c < input.q().columns(); c++) {
            dot += (double) input.q().get(head, i, c) * input.k().get(kvHead, j, c);
        }
        double tanh = Math.tanh(input.scale() * dot / input.softCap());
        return 1 - tanh * tanh;
    }
}

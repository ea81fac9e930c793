package heed.attention;

import java.util.Arrays;

/**
 * The oracle: attention straight from its definition in float64, one pair at a time. A masked pair,
 * or one whose bias is −∞, is never read.
 */
final class ReferenceAttention {
    private final AttentionInput input;
    private double largestValue;

    ReferenceAttention(AttentionInput input) {
        this.input = input;
    }

    /** S[query, ·]; −∞ where the query may not attend. */
    double[] scores(int head, int query) {
        int kvHead = kvHead(head);
        Heads q = input.q();
        Heads k = (Heads) input.k();
        double[] scores = new double[k.rows()];
        for (int key = 0; key < k.rows(); key++) {
            int queryPosition = input.firstQuery() + query;
            int keyPosition = input.firstKey() + key;
            double bias =
                    input.mask().allows(head, queryPosition, keyPosition)
                            ? input.bias().at(head, queryPosition, keyPosition)
                            : Double.NEGATIVE_INFINITY;
            if (bias == Double.NEGATIVE_INFINITY) {
                scores[key] = bias;
                continue;
            }
            double dot = 0;
            for (int c = 0; c < q.columns(); c++) {
                dot += (double) q.get(head, query, c) * k.get(kvHead, key, c);
            }
            double score = input.scale() * dot;
            if (input.softCap() != Float.POSITIVE_INFINITY) {
                score = input.softCap() * Math.tanh(score / input.softCap());
            }
            scores[key] = score + bias;
        }
        return scores;
    }

    /** {@code ln Σ_j exp(S[query, j])}, the sink included. */
    double lse(int head, double[] scores) {
        double sink = sink(head);
        double max = Arrays.stream(scores).reduce(sink, Math::max);
        if (max == Double.NEGATIVE_INFINITY) {
            return max;
        }
        double sum = Math.exp(sink - max);
        for (double score : scores) {
            sum += Math.exp(score - max);
        }
        return max + Math.log(sum);
    }

    /** P[query, ·]. */
    double[] weights(int head, int query) {
        double[] scores = scores(head, query);
        return weights(scores, lse(head, scores));
    }

    private static double[] weights(double[] scores, double lse) {
        double[] weights = new double[scores.length];
        for (int key = 0; key < scores.length; key++) {
            weights[key] =
                    scores[key] == Double.NEGATIVE_INFINITY ? 0 : Math.exp(scores[key] - lse);
        }
        return weights;
    }

    /** What the values are multiplied with: P[query, ·] ∘ M / (1 − p). */
    private double[] weightsOfValues(int head, int query, double[] scores, double lse) {
        double[] weights = weights(scores, lse);
        for (int key = 0; key < weights.length; key++) {
            weights[key] *= dropoutFactor(head, query, key);
        }
        return weights;
    }

    /** M[query, key] / (1 − p); 1 without dropout. */
    double dropoutFactor(int head, int query, int key) {
        AttentionDropout dropout = input.dropout();
        boolean keeps =
                dropout.probability() == 0
                        || dropout.keeps(head, input.firstQuery() + query, input.firstKey() + key);
        return keeps ? 1 / (1 - dropout.probability()) : 0;
    }

    Result forward() {
        int rows = input.q().heads() * input.q().rows();
        double[][] out = new double[rows][];
        double[] lse = new double[rows];
        for (int row = 0; row < rows; row++) {
            int head = row / input.q().rows();
            double[] scores = scores(head, row % input.q().rows());
            lse[row] = lse(head, scores);
            out[row] =
                    weighValues(
                            kvHead(head),
                            scores,
                            weightsOfValues(head, row % input.q().rows(), scores, lse[row]));
        }
        return new Result(out, lse, largestValue);
    }

    private double[] weighValues(int kvHead, double[] scores, double[] weights) {
        Heads v = (Heads) input.v();
        double[] out = new double[v.columns()];
        for (int key = 0; key < v.rows(); key++) {
            if (scores[key] != Double.NEGATIVE_INFINITY) {
                for (int c = 0; c < v.columns(); c++) {
                    float value = v.get(kvHead, key, c);
                    out[c] += weights[key] * value;
                    if (Float.isFinite(value)) {
                        largestValue = Math.max(largestValue, Math.abs(value));
                    }
                }
            }
        }
        return out;
    }

    /** Groups of query heads are blocks of neighbours. */
    private int kvHead(int head) {
        return head / (input.q().heads() / input.k().heads());
    }

    private double sink(int head) {
        float[] sinks = input.sinks();
        return sinks == null ? Double.NEGATIVE_INFINITY : sinks[head];
    }

    /**
     * What the float64 definition says.
     *
     * @param out {@code [H · n_q][d_v]}
     * @param lse {@code [H · n_q]}
     * @param largestValue the largest finite |v| that is read: the unit of errors of {@code out}
     */
    record Result(double[][] out, double[] lse, double largestValue) {

        /** Largest |error| of the output, in units of the largest |v|. */
        double outError(AttentionOutput actual) {
            Heads o = actual.out();
            double worst = 0;
            for (int row = 0; row < out.length; row++) {
                boolean empty = lse[row] == Double.NEGATIVE_INFINITY;
                for (int c = 0; c < o.columns(); c++) {
                    float value = o.get(row / o.rows(), row % o.rows(), c);
                    double error =
                            empty && value != 0
                                    ? Double.POSITIVE_INFINITY
                                    : error(out[row][c], value)
                                            / Math.max(largestValue, Float.MIN_NORMAL);
                    worst = Math.max(worst, error);
                }
            }
            return worst;
        }

        /** Largest |error| of the log-sum-exps. */
        double lseError(AttentionOutput actual) {
            double worst = 0;
            for (int row = 0; row < lse.length; row++) {
                worst = Math.max(worst, error(lse[row], actual.lse()[row]));
            }
            return worst;
        }

        /** The largest finite |LSE|, at least 1: the size of the numbers that are rounded. */
        double lseScale() {
            return Math.max(
                    1, Arrays.stream(lse).filter(Double::isFinite).map(Math::abs).max().orElse(1));
        }

        /** Infinite where only one of the two is finite, or where they are not the same kind. */
        static double error(double expected, double actual) {
            if (!Double.isFinite(expected) || !Double.isFinite(actual)) {
                return Double.compare(expected, actual) == 0 ? 0 : Double.POSITIVE_INFINITY;
            }
            return Math.abs(expected - actual);
        }
    }
}

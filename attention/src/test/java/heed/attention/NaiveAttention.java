package heed.attention;

/**
 * The textbook in float32: every sum a float, softmax with the maximum subtracted. Its error is the
 * yardstick for the engine's.
 */
final class NaiveAttention {

    static AttentionOutput forward(AttentionInput input) {
        Heads q = input.q();
        Heads v = (Heads) input.v();
        Heads out = q.zerosLike(v.columns());
        float[] lse = new float[q.heads() * q.rows()];
        for (int head = 0; head < q.heads(); head++) {
            float[] sinks = input.sinks();
            float sink = sinks == null ? Float.NEGATIVE_INFINITY : sinks[head];
            for (int query = 0; query < q.rows(); query++) {
                float[] scores = scores(input, head, query);
                float max = sink;
                for (float score : scores) {
                    max = Math.max(max, score);
                }
                if (max == Float.NEGATIVE_INFINITY) {
                    lse[head * q.rows() + query] = max;
                    continue;
                }
                float sum = (float) Math.exp(sink - max);
                for (float score : scores) {
                    sum += (float) Math.exp(score - max);
                }
                lse[head * q.rows() + query] = max + (float) Math.log(sum);
                int at = out.index(head, query);
                for (int key = 0; key < scores.length; key++) {
                    if (scores[key] != Float.NEGATIVE_INFINITY) {
                        float weight =
                                (float) Math.exp(scores[key] - max)
                                        / sum
                                        * dropoutFactor(input, head, query, key);
                        for (int c = 0; c < v.columns(); c++) {
                            out.data()[at + c] += weight * v.get(input.keyHead(head), key, c);
                        }
                    }
                }
            }
        }
        return new AttentionOutput(out, lse);
    }

    private static float dropoutFactor(AttentionInput input, int head, int query, int key) {
        AttentionDropout dropout = input.dropout();
        boolean keeps =
                dropout.probability() == 0
                        || dropout.keeps(head, input.firstQuery() + query, input.firstKey() + key);
        return keeps ? 1 / (1 - (float) dropout.probability()) : 0;
    }

    private static float[] scores(AttentionInput input, int head, int query) {
        Heads q = input.q();
        Heads k = (Heads) input.k();
        float[] scores = new float[k.rows()];
        for (int key = 0; key < k.rows(); key++) {
            int queryPosition = input.firstQuery() + query;
            int keyPosition = input.firstKey() + key;
            float bias =
                    input.mask().allows(head, queryPosition, keyPosition)
                            ? input.bias().at(head, queryPosition, keyPosition)
                            : Float.NEGATIVE_INFINITY;
            if (bias == Float.NEGATIVE_INFINITY) {
                scores[key] = bias;
                continue;
            }
            float dot = 0;
            for (int c = 0; c < q.columns(); c++) {
                dot += q.get(head, query, c) * k.get(input.keyHead(head), key, c);
            }
            float score = input.scale() * dot;
            if (input.softCap() != Float.POSITIVE_INFINITY) {
                score = input.softCap() * (float) Math.tanh(score / input.softCap());
            }
            scores[key] = score + bias;
        }
        return scores;
    }

    private NaiveAttention() {}
}

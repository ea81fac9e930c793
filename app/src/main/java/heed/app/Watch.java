package heed.app;

import heed.attention.AttentionInput;
import heed.attention.AttentionOutput;
import heed.attention.AttentionWeights;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.MultiHeadAttention;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which tokens mattered most to the last one of each pass of a decoder: {@code Σ ‖α f(x)‖} over all
 * heads (Kobayashi et al. 2020), from the attention of the very run, over its cache.
 */
final class Watch implements AttentionProbe {
    private final List<MultiHeadAttention> attention;

    /** {@code ‖f(x_j)‖} by layer, head and token j: it does not change while tokens follow. */
    private final List<double[][]> norms = new ArrayList<>();

    private double[] relevance = {};

    /** A token and its share of what came from all tokens before the last one. */
    record Share(int index, double weight) {}

    Watch(List<MultiHeadAttention> attention) {
        this.attention = attention;
    }

    @Override
    public void attended(int layer, AttentionInput input, AttentionOutput output) {
        int tokens = input.k().rows();
        if (layer == 0) {
            relevance = new double[tokens];
        }
        if (norms.size() == layer) {
            norms.add(new double[input.q().heads()][0]);
        }
        AttentionWeights weights = new AttentionWeights(input, output);
        for (int head = 0; head < input.q().heads(); head++) {
            double[] known = norms.get(layer)[head];
            if (known.length < tokens) {
                double[] fresh =
                        attention
                                .get(layer)
                                .contributionNorms(input.v().rows(known.length, tokens), head);
                int length = known.length;
                known = Arrays.copyOf(known, tokens);
                System.arraycopy(fresh, 0, known, length, fresh.length);
                norms.get(layer)[head] = known;
            }
            float[] row = weights.row(head, input.q().rows() - 1);
            for (int j = 0; j < tokens; j++) {
                relevance[j] += row[j] * known[j];
            }
        }
    }

    /** The tokens that mattered most to the last one of the last pass, without itself. */
    List<Share> top(int count) {
        int others = relevance.length - 1;
        double sum = Arrays.stream(relevance, 0, Math.max(0, others)).sum();
        return IntStream.range(0, Math.max(0, others))
                .mapToObj(j -> new Share(j, relevance[j] / sum))
                .sorted(Comparator.comparingDouble((Share share) -> -share.weight()))
                .limit(count)
                .toList();
    }
}

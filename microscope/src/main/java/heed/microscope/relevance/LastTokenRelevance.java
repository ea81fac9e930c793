package heed.microscope.relevance;

import heed.attention.AttentionInput;
import heed.attention.AttentionOutput;
import heed.attention.AttentionWeights;
import heed.attention.KeyValueHeads;
import heed.microscope.BufferPool;
import heed.microscope.HeadId;
import heed.microscope.Traversal;
import heed.microscope.UnitBlock;
import heed.microscope.UnitRow;
import heed.microscope.Units;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.MultiHeadAttention;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which tokens mattered most to the last one of each pass of a decoder: {@code Σ ‖α f(x)‖} over all
 * heads ({@link Measure#NORM}), from the attention of the very run, over its cache.
 */
public final class LastTokenRelevance implements AttentionProbe {
    private final List<MultiHeadAttention> attention;

    /** {@code ‖f(x_j)‖} by layer, head and token j: it does not change while tokens follow. */
    private final List<double[][]> norms = new ArrayList<>();

    private List<RelevanceReader<UnitRow>> reading = List.of();
    private int tokens;

    /** A token and its share of what came from all tokens before the last one. */
    public record Share(int index, double weight) {}

    /**
     * @param attention that of every layer
     */
    public LastTokenRelevance(List<MultiHeadAttention> attention) {
        this.attention = List.copyOf(attention);
    }

    @Override
    public void attended(int layer, AttentionInput input, AttentionOutput output) {
        int heads = input.q().heads();
        int last = input.q().rows() - 1;
        if (layer == 0) {
            begin(input.k().rows());
        }
        if (norms.size() == layer) {
            norms.add(new double[heads][0]);
        }
        float[] lse = new float[heads];
        for (int head = 0; head < heads; head++) {
            lse[head] = output.lse(head, last);
            extendNorms(layer, head, input.v());
        }
        AttentionInput lastAlone =
                input.withQueries(input.q().rows(last, last + 1), input.firstQuery() + last);
        AttentionWeights weights = new AttentionWeights(lastAlone, lse);
        float[][] row = new float[1][tokens];
        for (int head = 0; head < heads; head++) {
            HeadId id = new HeadId(layer, head);
            reading.getFirst().read(Traversal.rows(weights, id, new int[] {tokens - 1}, row));
        }
    }

    private void begin(int tokens) {
        this.tokens = tokens;
        Units units =
                new Units(
                        IntStream.range(0, tokens)
                                .mapToObj(i -> new Units.Unit("", i, i + 1, false))
                                .toList());
        UnitBlock block = UnitBlock.of(units, List.of(tokens - 1), Traversal.BLOCK).getFirst();
        BitSet seen = new BitSet();
        seen.set(0, tokens);
        reading =
                List.of(
                        new RelevanceReader<>(
                                block,
                                units.ofPieces(tokens),
                                List.of(seen),
                                head -> norms.get(head.layer())[head.head()],
                                row -> row,
                                new BufferPool<>(() -> new double[1][tokens + 1])));
    }

    private void extendNorms(int layer, int head, KeyValueHeads values) {
        double[] known = norms.get(layer)[head];
        if (known.length < tokens) {
            double[] fresh =
                    attention.get(layer).contributionNorms(values.rows(known.length, tokens), head);
            double[] all = Arrays.copyOf(known, tokens);
            System.arraycopy(fresh, 0, all, known.length, fresh.length);
            norms.get(layer)[head] = all;
        }
    }

    /** The tokens that mattered most to the last one of the last pass, without itself. */
    public List<Share> top(int count) {
        if (reading.isEmpty()) {
            return List.of();
        }
        double[] relevance = reading.getFirst().result().getFirst().weights();
        int others = Math.max(0, tokens - 1);
        double sum = Arrays.stream(relevance, 0, others).sum();
        return IntStream.range(0, others)
                .mapToObj(j -> new Share(j, relevance[j] / sum))
                .sorted(Comparator.comparingDouble((Share share) -> -share.weight()))
                .limit(count)
                .toList();
    }
}

package heed.microscope;

import heed.attention.AttentionBias;
import heed.attention.AttentionInput;
import heed.attention.AttentionWeights;
import heed.attention.KeyValueHeads;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all weights of a layer are made of, in the model's own numbers, for some queries and all
 * keys: {@code weight = exp(cap(scale · q·k) + bias − lse)}, and 0 where hidden. Query head {@code
 * h} reads key/value head {@code h / (H / Hkv)}.
 *
 * @param heads H
 * @param kvHeads Hkv
 * @param queries n_q
 * @param keys n_k
 * @param q {@code [H, n_q, d]}, after norms and turns by positions, if the model has them
 * @param k {@code [Hkv, n_k, d]}, likewise
 * @param v {@code [Hkv, n_k, d_v]}
 * @param lse {@code [H, n_q]}
 * @param scale what {@code q·k} is multiplied with: 1/√d in most models
 * @param softCap c of {@code cap(x) = c · tanh(x / c)}, or infinity: {@code cap(x) = x}
 * @param bias {@code [H, n_q, n_k]}, or null if there is none; 0 where hidden
 * @param hidden of each head what it hides: pair (i, j) by the number {@code i · n_k + j}
 */
public record LayerVectors(
        int heads,
        int kvHeads,
        int queries,
        int keys,
        float[] q,
        float[] k,
        float[] v,
        float[] lse,
        float scale,
        float softCap,
        float @Nullable [] bias,
        List<BitSet> hidden) {

    public LayerVectors {
        hidden = List.copyOf(hidden);
    }

    /**
     * Takes them from a run.
     *
     * @param queries tokens whose queries the run has kept, rising
     */
    public static LayerVectors of(ModelRun run, int layer, int... queries) {
        AttentionWeights weights = run.trace().weights(layer, queries);
        AttentionInput input = weights.input();
        int heads = input.q().heads();
        int keys = input.k().rows();
        List<BitSet> hidden = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            hidden.add(hidden(weights, head, queries.length, keys));
        }
        return new LayerVectors(
                heads,
                input.k().heads(),
                queries.length,
                keys,
                rows(input.q()),
                rows(input.k()),
                rows(input.v()),
                weights.lse().clone(),
                input.scale(),
                input.softCap(),
                bias(input, queries.length, hidden),
                hidden);
    }

    private static float[] rows(KeyValueHeads heads) {
        float[] rows = new float[heads.heads() * heads.rows() * heads.columns()];
        int at = 0;
        for (int head = 0; head < heads.heads(); head++) {
            for (int row = 0; row < heads.rows(); row++) {
                System.arraycopy(heads.row(head, row), 0, rows, at, heads.columns());
                at += heads.columns();
            }
        }
        return rows;
    }

    private static BitSet hidden(AttentionWeights weights, int head, int queries, int keys) {
        BitSet hidden = new BitSet();
        for (int i = 0; i < queries; i++) {
            float[] scores = weights.scores(head, i, 1, 0, keys)[0];
            for (int j = 0; j < keys; j++) {
                hidden.set(i * keys + j, scores[j] == Float.NEGATIVE_INFINITY);
            }
        }
        return hidden;
    }

    private static float @Nullable [] bias(AttentionInput input, int queries, List<BitSet> hidden) {
        if (input.bias() instanceof AttentionBias.None) {
            return null;
        }
        int keys = input.k().rows();
        float[] bias = new float[hidden.size() * queries * keys];
        for (int head = 0; head < hidden.size(); head++) {
            for (int pair = 0; pair < queries * keys; pair++) {
                if (!hidden.get(head).get(pair)) {
                    bias[head * queries * keys + pair] =
                            input.bias()
                                    .at(
                                            head,
                                            input.firstQuery() + pair / keys,
                                            input.firstKey() + pair % keys);
                }
            }
        }
        return bias;
    }
}

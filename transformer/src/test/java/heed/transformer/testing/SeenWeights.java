package heed.transformer.testing;

import heed.attention.AttentionInput;
import heed.attention.AttentionOutput;
import heed.attention.AttentionWeights;
import heed.transformer.layer.AttentionProbe;
import java.util.ArrayList;
import java.util.List;

/** Keeps every attention weight of one pass, layer by layer. */
public final class SeenWeights implements AttentionProbe {
    private final List<float[]> layers = new ArrayList<>();

    @Override
    public void attended(int layer, AttentionInput input, AttentionOutput output) {
        if (layer != layers.size()) {
            throw new AssertionError("layer %d comes after %d".formatted(layer, layers.size()));
        }
        AttentionWeights weights = new AttentionWeights(input, output);
        int queries = input.q().rows();
        int keys = input.k().rows();
        float[] all = new float[input.q().heads() * queries * keys];
        for (int head = 0; head < input.q().heads(); head++) {
            float[][] tile = weights.tile(head, 0, queries, 0, keys);
            for (int row = 0; row < queries; row++) {
                System.arraycopy(tile[row], 0, all, (head * queries + row) * keys, keys);
            }
        }
        layers.add(all);
    }

    /** For each layer {@code [heads, n_q, n_k]}. */
    public List<float[]> layers() {
        return layers;
    }

    /** {@code [layers, heads, n_q, n_k]}. */
    public float[] all() {
        int length = layers.stream().mapToInt(layer -> layer.length).sum();
        float[] all = new float[length];
        int at = 0;
        for (float[] layer : layers) {
            System.arraycopy(layer, 0, all, at, layer.length);
            at += layer.length;
        }
        return all;
    }
}

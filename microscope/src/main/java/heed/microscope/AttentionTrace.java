package heed.microscope;

import heed.attention.AttentionInput;
import heed.attention.AttentionOutput;
import heed.attention.AttentionWeights;
import heed.transformer.layer.AttentionProbe;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The attention of one run of a model, layer by layer: what {@link AttentionWeights} needs to give
 * any part of any head's weights. O(n) memory a layer. Pass it as the probe of a forward pass.
 */
public final class AttentionTrace implements AttentionProbe {
    private final List<AttentionWeights> layers = new ArrayList<>();

    @Override
    public void attended(int layer, AttentionInput input, AttentionOutput output) {
        if (layer != layers.size()) {
            throw new IllegalStateException(
                    "layer %d follows on %d recorded layers: a trace records one run"
                            .formatted(layer, layers.size()));
        }
        layers.add(new AttentionWeights(input, output));
    }

    /** Number of layers recorded. */
    public int layers() {
        return layers.size();
    }

    /** Number of query heads of every layer. */
    public int heads() {
        return layers.isEmpty() ? 0 : layers.getFirst().input().q().heads();
    }

    /** Number of tokens that looked. */
    public int tokens() {
        return layers.isEmpty() ? 0 : layers.getFirst().input().q().rows();
    }

    /** The weights of one layer. */
    public AttentionWeights weights(int layer) {
        return layers.get(layer);
    }

    /** All weights {@code [tokens][tokens]} of one head. */
    public float[][] weights(HeadId head) {
        AttentionWeights weights = layers.get(head.layer());
        return weights.tile(
                head.head(), 0, weights.input().q().rows(), 0, weights.input().k().rows());
    }

    /**
     * Which pairs {@code [tokens][tokens]} the mask of one of the given heads lets through at
     * least: rows look, columns are looked at.
     */
    public boolean[][] visible(List<HeadId> heads) {
        boolean[][] visible = new boolean[tokens()][tokens()];
        for (HeadId head : heads) {
            AttentionInput input = layers.get(head.layer()).input();
            for (int i = 0; i < visible.length; i++) {
                for (int j = 0; j < visible.length; j++) {
                    visible[i][j] =
                            visible[i][j]
                                    || input.mask()
                                            .allows(
                                                    head.head(),
                                                    input.firstQuery() + i,
                                                    input.firstKey() + j);
                }
            }
        }
        return visible;
    }

    /** Every head of every layer, in order. */
    public List<HeadId> allHeads() {
        return IntStream.range(0, layers())
                .boxed()
                .flatMap(layer -> headsOf(layer).stream())
                .toList();
    }

    /**
     * Every head of a layer, in order.
     *
     * @throws IllegalArgumentException if there is no such layer
     */
    public List<HeadId> headsOf(int layer) {
        if (layer < 0 || layer >= layers()) {
            throw new IllegalArgumentException(
                    "there is no layer %d: the model has layers 0 to %d"
                            .formatted(layer, layers() - 1));
        }
        return IntStream.range(0, heads()).mapToObj(head -> new HeadId(layer, head)).toList();
    }

    /**
     * The head itself, if the model has it.
     *
     * @throws IllegalArgumentException if there is no such head
     */
    public HeadId checked(HeadId id) {
        if (!headsOf(id.layer()).contains(id)) {
            throw new IllegalArgumentException(
                    "there is no head %s: layer %d has heads 0 to %d"
                            .formatted(id, id.layer(), heads() - 1));
        }
        return id;
    }
}

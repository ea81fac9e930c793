package heed.transformer.model;

import heed.attention.AttentionMask;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Activation;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.Embedding;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.Linear;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.layer.RotaryEmbedding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * ModernBERT (Warner et al. 2024): norms before the layers, rotary positions, most layers that look
 * at near tokens alone, and a feed-forward layer with a gate.
 */
public final class ModernBert implements Encoder {

    /**
     * The shape of a ModernBERT.
     *
     * @param vocabulary pieces that it knows
     * @param positions tokens that it can read at most
     * @param hidden features of a token
     * @param intermediate features inside the feed-forward layer
     * @param heads attention heads of a block
     * @param epsilon ε of every layer norm
     * @param normBias whether norms have a bias
     * @param activation of what is gated
     * @param near how far a token sees in a local layer, in either direction
     * @param global positions of queries and keys in a layer that sees all
     * @param local positions in a layer that sees near tokens
     * @param areLocal for each block whether it sees near tokens alone
     */
    public record Config(
            int vocabulary,
            int positions,
            int hidden,
            int intermediate,
            int heads,
            double epsilon,
            boolean normBias,
            Activation activation,
            int near,
            RotaryEmbedding global,
            RotaryEmbedding local,
            List<Boolean> areLocal)
            implements TransformerModel.Shape {
        public Config {
            areLocal = List.copyOf(areLocal);
        }

        private LayerNorm norm(Weights weights, int features) throws CheckpointException {
            return normBias
                    ? LayerNorm.of(weights, features, epsilon)
                    : LayerNorm.withoutBias(weights, features, epsilon);
        }
    }

    private record Block(
            @Nullable LayerNorm attentionNorm,
            MultiHeadAttention attention,
            LayerNorm feedForwardNorm,
            Linear inner,
            Linear gate,
            Activation activation,
            Linear outer) {

        static Block of(Weights weights, Config config, int layer) throws CheckpointException {
            int hidden = config.hidden();
            int inner = config.intermediate();
            List<Linear> qkv =
                    Linear.parts(weights.at("attn.Wqkv"), hidden, hidden, hidden, hidden);
            List<Linear> innerGate = Linear.parts(weights.at("mlp.Wi"), hidden, inner, inner);
            return new Block(
                    layer == 0 ? null : config.norm(weights.at("attn_norm"), hidden),
                    new MultiHeadAttention(
                                    config.heads(),
                                    qkv.get(0),
                                    qkv.get(1),
                                    qkv.get(2),
                                    Linear.stored(weights.at("attn.Wo"), hidden, hidden))
                            .withPositions(
                                    config.areLocal().get(layer)
                                            ? config.local()
                                            : config.global()),
                    config.norm(weights.at("mlp_norm"), hidden),
                    innerGate.get(0),
                    innerGate.get(1),
                    config.activation(),
                    Linear.stored(weights.at("mlp.Wo"), inner, hidden));
        }

        float[] forward(float[] x, AttentionMask mask, int layer, AttentionProbe probe) {
            probe.entering(layer, x);
            float[] attended =
                    attention.forward(
                            attentionNorm == null ? x : attentionNorm.normalized(x),
                            mask,
                            layer,
                            probe);
            Rows.add(attended, x);
            float[] normalized = feedForwardNorm.normalized(attended);
            float[] h = inner.forward(normalized, activation);
            Rows.multiply(h, gate.forward(normalized));
            float[] y = outer.forward(h);
            Rows.add(y, attended);
            return y;
        }
    }

    private final Config config;
    private final Embedding words;
    private final LayerNorm embeddingNorm;
    private final List<Block> blocks;
    private final LayerNorm norm;

    /**
     * Takes the weights of a checkpoint under the names that they have at Hugging Face, without
     * {@code model.} before them.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public ModernBert(Config config, Weights weights) throws CheckpointException {
        this.config = config;
        int hidden = config.hidden();
        words = Embedding.of(weights.at("embeddings.tok_embeddings"), config.vocabulary(), hidden);
        embeddingNorm = config.norm(weights.at("embeddings.norm"), hidden);
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.areLocal().size(); layer++) {
            Weights block = weights.at("layers").at(String.valueOf(layer));
            blocks.add(Block.of(block, config, layer));
        }
        norm = config.norm(weights.at("final_norm"), hidden);
    }

    @Override
    public Config config() {
        return config;
    }

    @Override
    public int tokenTypes() {
        return 0;
    }

    @Override
    public List<MultiHeadAttention> attention() {
        return blocks.stream().map(Block::attention).toList();
    }

    @Override
    public Optional<LayerNorm> attentionNorm(int layer) {
        return Optional.empty();
    }

    @Override
    public float[] forward(int[] ids, int[] types, int[] lengths, AttentionProbe probe) {
        Encoder.check(this, ids, types, lengths);
        float[] x = new float[Math.multiplyExact(ids.length, config.hidden())];
        for (int row = 0; row < ids.length; row++) {
            words.addTo(x, row, ids[row]);
        }
        embeddingNorm.apply(x);
        AttentionMask all = Encoder.within(lengths);
        AttentionMask near = all.and(AttentionMask.slidingWindow(config.near(), config.near()));
        for (int layer = 0; layer < blocks.size(); layer++) {
            AttentionMask mask = config.areLocal().get(layer) ? near : all;
            x = blocks.get(layer).forward(x, mask, layer, probe);
        }
        norm.apply(x);
        return x;
    }
}

package heed.transformer.model;

import heed.attention.AttentionMask;
import heed.attention.KvCache;
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

/**
 * GPT-NeoX (Black et al. 2022), of which the Pythia models are (Biderman et al. 2023): attention
 * and feed-forward layer read the same and are added together (a parallel residual), and a part of
 * each head is turned by its position.
 */
public final class GptNeoX implements CausalModel {

    /**
     * The shape of a GPT-NeoX.
     *
     * @param vocabulary pieces that it knows
     * @param positions tokens that it can read at most
     * @param hidden features of a token
     * @param intermediate features inside the feed-forward layer
     * @param layers blocks
     * @param heads attention heads of a block
     * @param epsilon ε of every layer norm
     * @param activation between the two linear layers of a block
     * @param rotary positions of queries and keys
     * @param parallel whether the feed-forward layer reads what attention reads, and not what it
     *     leaves
     */
    public record Config(
            int vocabulary,
            int positions,
            int hidden,
            int intermediate,
            int layers,
            int heads,
            double epsilon,
            Activation activation,
            RotaryEmbedding rotary,
            boolean parallel)
            implements TransformerModel.Shape {
        /**
         * @throws IllegalArgumentException if the heads do not divide the hidden features
         */
        public Config {
            if (hidden % heads != 0) {
                throw new IllegalArgumentException(
                        "%d hidden features are not a multiple of %d heads"
                                .formatted(hidden, heads));
            }
        }
    }

    private record Block(
            LayerNorm attentionNorm,
            MultiHeadAttention attention,
            LayerNorm feedForwardNorm,
            Linear inner,
            Linear outer,
            Config config) {

        static Block of(Weights weights, Config config) throws CheckpointException {
            int hidden = config.hidden();
            List<Linear> qkv =
                    Linear.alternating(
                            weights.at("attention.query_key_value"),
                            hidden,
                            config.heads(),
                            3,
                            hidden / config.heads());
            return new Block(
                    LayerNorm.of(weights.at("input_layernorm"), hidden, config.epsilon()),
                    new MultiHeadAttention(
                                    config.heads(),
                                    qkv.get(0),
                                    qkv.get(1),
                                    qkv.get(2),
                                    Linear.stored(weights.at("attention.dense"), hidden, hidden))
                            .withPositions(config.rotary()),
                    LayerNorm.of(weights.at("post_attention_layernorm"), hidden, config.epsilon()),
                    Linear.stored(weights.at("mlp.dense_h_to_4h"), hidden, config.intermediate()),
                    Linear.stored(weights.at("mlp.dense_4h_to_h"), config.intermediate(), hidden),
                    config);
        }

        float[] forward(float[] x, KvCache cache, int layer, AttentionProbe probe) {
            probe.entering(layer, x);
            float[] attended =
                    attention.forward(
                            attentionNorm.normalized(x),
                            cache,
                            AttentionMask.causal(),
                            layer,
                            probe);
            Rows.add(attended, x);
            float[] read = config.parallel() ? x : attended;
            float[] h = inner.forward(feedForwardNorm.normalized(read), config.activation());
            float[] y = outer.forward(h);
            Rows.add(y, attended);
            return y;
        }
    }

    private final Config config;
    private final Embedding words;
    private final List<Block> blocks;
    private final LayerNorm norm;
    private final Linear head;

    /**
     * Takes the weights of a checkpoint under the names that they have at Hugging Face, with or
     * without {@code gpt_neox.} before them.
     *
     * @param tied whether the output layer is the embedding
     * @throws CheckpointException if one is missing or of another shape
     */
    public GptNeoX(Config config, boolean tied, Weights weights) throws CheckpointException {
        Weights body = weights.has("gpt_neox.embed_in.weight") ? weights.at("gpt_neox") : weights;
        this.config = config;
        words = Embedding.of(body.at("embed_in"), config.vocabulary(), config.hidden());
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            blocks.add(Block.of(body.at("layers").at(String.valueOf(layer)), config));
        }
        norm = LayerNorm.of(body.at("final_layer_norm"), config.hidden(), config.epsilon());
        head =
                tied
                        ? Linear.tied(words.table())
                        : Linear.stored(
                                weights.at("embed_out"), config.hidden(), config.vocabulary());
    }

    @Override
    public Config config() {
        return config;
    }

    @Override
    public List<MultiHeadAttention> attention() {
        return blocks.stream().map(Block::attention).toList();
    }

    @Override
    public float[] forward(int[] ids, LayerCaches caches, AttentionProbe probe) {
        CausalModel.check(this, ids, caches);
        float[] x = new float[Math.multiplyExact(ids.length, config.hidden())];
        for (int row = 0; row < ids.length; row++) {
            words.addTo(x, row, ids[row]);
        }
        for (int layer = 0; layer < blocks.size(); layer++) {
            x = blocks.get(layer).forward(x, caches.layers().get(layer), layer, probe);
        }
        norm.apply(x);
        return x;
    }

    @Override
    public float[] logits(float[] hidden) {
        return head.forward(hidden);
    }
}

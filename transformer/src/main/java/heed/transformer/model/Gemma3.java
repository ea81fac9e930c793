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
import heed.transformer.layer.RmsNorm;
import heed.transformer.layer.RotaryEmbedding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Gemma 3 (Gemma Team 2025), its part for text: five layers that see a window of keys to one that
 * sees all, norms before and behind attention and feed-forward layer, norms of queries and keys.
 * EmbeddingGemma (Vera et al. 2025) is the same without the causal mask: {@link Bidirectional}.
 */
public final class Gemma3 implements CausalModel {

    /**
     * The shape of a Gemma 3.
     *
     * @param vocabulary pieces that it knows
     * @param positions tokens that it can read at most
     * @param hidden features of a token
     * @param intermediate features inside the feed-forward layer
     * @param heads query heads of a block
     * @param kvHeads key/value heads of a block
     * @param columns features of a head
     * @param scale what the products of queries and keys are multiplied with
     * @param epsilon ε of every norm
     * @param normOffset what is added to the weights of norms: 1 where 0 is stored for one that
     *     changes nothing
     * @param window keys that a token sees in a local layer, itself included
     * @param global positions of queries and keys in a layer that sees all
     * @param local positions in a layer that sees a window
     * @param areLocal for each block whether it sees a window alone
     * @param logitCap what bounds the logits, {@code cap · tanh(logit / cap)}, or infinity
     */
    public record Config(
            int vocabulary,
            int positions,
            int hidden,
            int intermediate,
            int heads,
            int kvHeads,
            int columns,
            double scale,
            double epsilon,
            float normOffset,
            int window,
            RotaryEmbedding global,
            RotaryEmbedding local,
            List<Boolean> areLocal,
            double logitCap)
            implements TransformerModel.Shape {
        public Config {
            areLocal = List.copyOf(areLocal);
        }

        private RmsNorm norm(Weights weights, int features) throws CheckpointException {
            return RmsNorm.of(weights, features, epsilon, normOffset);
        }
    }

    /** What attention of a layer is: with a cache, or over a whole pack of texts. */
    private interface Attend {
        float[] attend(MultiHeadAttention attention, float[] x);
    }

    private record Block(
            RmsNorm attentionNorm,
            MultiHeadAttention attention,
            RmsNorm feedForwardNorm,
            Linear gate,
            Linear up,
            Linear down,
            RmsNorm outputNorm) {

        static Block of(Weights weights, Config config, boolean isLocal)
                throws CheckpointException {
            int hidden = config.hidden();
            int inner = config.intermediate();
            int queries = config.heads() * config.columns();
            int keys = config.kvHeads() * config.columns();
            Weights attention = weights.at("self_attn");
            return new Block(
                    config.norm(weights.at("input_layernorm"), hidden),
                    new MultiHeadAttention(
                                    config.heads(),
                                    config.kvHeads(),
                                    Linear.stored(attention.at("q_proj"), hidden, queries),
                                    Linear.stored(attention.at("k_proj"), hidden, keys),
                                    Linear.stored(attention.at("v_proj"), hidden, keys),
                                    Linear.stored(attention.at("o_proj"), queries, hidden))
                            .withScale(config.scale())
                            .withNorms(
                                    config.norm(attention.at("q_norm"), config.columns()),
                                    config.norm(attention.at("k_norm"), config.columns()))
                            .withPositions(isLocal ? config.local() : config.global())
                            .withOutputNorm(
                                    config.norm(weights.at("post_attention_layernorm"), hidden)),
                    config.norm(weights.at("pre_feedforward_layernorm"), hidden),
                    Linear.stored(weights.at("mlp.gate_proj"), hidden, inner),
                    Linear.stored(weights.at("mlp.up_proj"), hidden, inner),
                    Linear.stored(weights.at("mlp.down_proj"), inner, hidden),
                    config.norm(weights.at("post_feedforward_layernorm"), hidden));
        }

        float[] forward(float[] x, Attend how) {
            float[] attended = how.attend(attention, attentionNorm.normalized(x));
            Rows.add(attended, x);
            float[] normalized = feedForwardNorm.normalized(attended);
            float[] inner = gate.forward(normalized, Activation.GELU_TANH);
            Rows.multiply(inner, up.forward(normalized));
            float[] y = down.forward(inner);
            outputNorm.apply(y);
            Rows.add(y, attended);
            return y;
        }
    }

    private final Config config;
    private final Embedding words;
    private final List<Block> blocks;
    private final RmsNorm norm;
    private final Linear head;

    /**
     * Takes the weights of a checkpoint under the names that they have at Hugging Face, with or
     * without {@code model.} before them. Without an output layer the embedding is that too.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public Gemma3(Config config, Weights weights) throws CheckpointException {
        Weights body = weights.has("model.norm.weight") ? weights.at("model") : weights;
        this.config = config;
        words = Embedding.of(body.at("embed_tokens"), config.vocabulary(), config.hidden());
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.areLocal().size(); layer++) {
            Weights block = body.at("layers").at(String.valueOf(layer));
            blocks.add(Block.of(block, config, config.areLocal().get(layer)));
        }
        norm = config.norm(body.at("norm"), config.hidden());
        head =
                weights.has("lm_head.weight")
                        ? Linear.stored(weights.at("lm_head"), config.hidden(), config.vocabulary())
                        : Linear.tied(words.table());
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
        AttentionMask near = AttentionMask.slidingWindow(config.window());
        float[] x = embed(ids);
        for (int i = 0; i < blocks.size(); i++) {
            int layer = i;
            KvCache cache = caches.layers().get(layer);
            AttentionMask mask = config.areLocal().get(layer) ? near : AttentionMask.causal();
            probe.entering(layer, x);
            x =
                    blocks.get(layer)
                            .forward(
                                    x,
                                    (attention, normalized) ->
                                            attention.forward(
                                                    normalized, cache, mask, layer, probe));
        }
        norm.apply(x);
        return x;
    }

    /** The embeddings of tokens, multiplied with √hidden. */
    private float[] embed(int[] ids) {
        float[] x = new float[Math.multiplyExact(ids.length, config.hidden())];
        for (int row = 0; row < ids.length; row++) {
            words.addTo(x, row, ids[row]);
        }
        float factor = (float) Math.sqrt(config.hidden());
        for (int i = 0; i < x.length; i++) {
            x[i] *= factor;
        }
        return x;
    }

    @Override
    public float[] logits(float[] hidden) {
        float[] logits = head.forward(hidden);
        for (int i = 0; i < logits.length && Double.isFinite(config.logitCap()); i++) {
            logits[i] = (float) (config.logitCap() * Math.tanh(logits[i] / config.logitCap()));
        }
        return logits;
    }

    /**
     * The model as an encoder: a token sees all others, or in a local layer those at most {@code
     * window / 2} away.
     */
    public static final class Bidirectional implements Encoder {
        private final Gemma3 model;

        public Bidirectional(Gemma3 model) {
            this.model = model;
        }

        @Override
        public Shape config() {
            return model.config();
        }

        @Override
        public int tokenTypes() {
            return 0;
        }

        @Override
        public List<MultiHeadAttention> attention() {
            return model.attention();
        }

        @Override
        public Optional<LayerNorm> attentionNorm(int layer) {
            return Optional.empty();
        }

        @Override
        public float[] forward(int[] ids, int[] types, int[] lengths, AttentionProbe probe) {
            Encoder.check(this, ids, types, lengths);
            int reach = model.config.window() / 2;
            AttentionMask all = Encoder.within(lengths);
            AttentionMask near = all.and(AttentionMask.slidingWindow(reach, reach));
            float[] x = model.embed(ids);
            for (int i = 0; i < model.blocks.size(); i++) {
                int layer = i;
                AttentionMask mask = model.config.areLocal().get(layer) ? near : all;
                probe.entering(layer, x);
                x =
                        model.blocks
                                .get(layer)
                                .forward(
                                        x,
                                        (attention, normalized) ->
                                                attention.forward(normalized, mask, layer, probe));
            }
            model.norm.apply(x);
            return x;
        }
    }
}

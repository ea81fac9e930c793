package heed.transformer.model;

import heed.attention.AttentionMask;
import heed.attention.KvCache;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Activation;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.Embedding;
import heed.transformer.layer.Linear;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.layer.RmsNorm;
import heed.transformer.layer.RotaryEmbedding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Llama (Touvron et al. 2023) and its family: Mistral, which sees a window of keys; Qwen2, whose
 * projections have a bias; Qwen3, which normalises queries and keys; Phi-3, whose projections lie
 * in one, and which turns positions otherwise in long texts. What a checkpoint holds of these is
 * used.
 */
public final class Llama implements CausalModel {

    /**
     * The shape of a Llama.
     *
     * @param vocabulary pieces that it knows
     * @param positions tokens that it can read at most
     * @param hidden features of a token
     * @param intermediate features inside the feed-forward layer
     * @param heads query heads of a block
     * @param kvHeads key/value heads of a block
     * @param columns features of a head
     * @param epsilon ε of every norm
     * @param rotary positions of queries and keys
     * @param longContext what takes their place in texts of some length, if anything does
     * @param windows for each block how many keys a token sees, itself included; {@link #ALL} for
     *     all
     */
    public record Config(
            int vocabulary,
            int positions,
            int hidden,
            int intermediate,
            int heads,
            int kvHeads,
            int columns,
            double epsilon,
            RotaryEmbedding rotary,
            Optional<LongContext> longContext,
            List<Integer> windows)
            implements TransformerModel.Shape {
        /** A window of all keys. */
        public static final int ALL = Integer.MAX_VALUE;

        public Config {
            windows = List.copyOf(windows);
        }
    }

    /**
     * Positions of queries and keys that depend on the length of the text.
     *
     * @param longest tokens of the longest text that is short
     * @param inShort of a short text
     * @param inLong of a longer one
     */
    public record LongContext(int longest, RotaryEmbedding inShort, RotaryEmbedding inLong) {}

    private record Block(
            RmsNorm attentionNorm,
            MultiHeadAttention attention,
            MultiHeadAttention inLongText,
            AttentionMask mask,
            RmsNorm feedForwardNorm,
            Linear gate,
            Linear up,
            Linear down) {

        static Block of(Weights weights, Config config, int window) throws CheckpointException {
            int hidden = config.hidden();
            int inner = config.intermediate();
            List<Linear> gateUp = gateUp(weights.at("mlp"), hidden, inner);
            MultiHeadAttention attention =
                    attention(weights.at("self_attn"), config)
                            .withNorms(
                                    normIfThere(weights, "self_attn.q_norm", config),
                                    normIfThere(weights, "self_attn.k_norm", config));
            RotaryEmbedding inShort =
                    config.longContext().map(LongContext::inShort).orElse(config.rotary());
            RotaryEmbedding inLong =
                    config.longContext().map(LongContext::inLong).orElse(config.rotary());
            return new Block(
                    RmsNorm.of(weights.at("input_layernorm"), hidden, config.epsilon()),
                    attention.withPositions(inShort),
                    attention.withPositions(inLong),
                    window == Config.ALL
                            ? AttentionMask.causal()
                            : AttentionMask.slidingWindow(window),
                    RmsNorm.of(weights.at("post_attention_layernorm"), hidden, config.epsilon()),
                    gateUp.get(0),
                    gateUp.get(1),
                    Linear.stored(weights.at("mlp.down_proj"), inner, hidden));
        }

        private static MultiHeadAttention attention(Weights weights, Config config)
                throws CheckpointException {
            int hidden = config.hidden();
            int queries = config.heads() * config.columns();
            int keys = config.kvHeads() * config.columns();
            List<Linear> qkv =
                    weights.has("qkv_proj.weight")
                            ? Linear.parts(weights.at("qkv_proj"), hidden, queries, keys, keys)
                            : List.of(
                                    Linear.stored(weights.at("q_proj"), hidden, queries),
                                    Linear.stored(weights.at("k_proj"), hidden, keys),
                                    Linear.stored(weights.at("v_proj"), hidden, keys));
            return new MultiHeadAttention(
                    config.heads(),
                    config.kvHeads(),
                    qkv.get(0),
                    qkv.get(1),
                    qkv.get(2),
                    Linear.stored(weights.at("o_proj"), queries, hidden));
        }

        private static List<Linear> gateUp(Weights weights, int hidden, int inner)
                throws CheckpointException {
            return weights.has("gate_up_proj.weight")
                    ? Linear.parts(weights.at("gate_up_proj"), hidden, inner, inner)
                    : List.of(
                            Linear.stored(weights.at("gate_proj"), hidden, inner),
                            Linear.stored(weights.at("up_proj"), hidden, inner));
        }

        private static @Nullable RmsNorm normIfThere(Weights weights, String name, Config config)
                throws CheckpointException {
            Weights norm = weights.at(name);
            return norm.has("weight") ? RmsNorm.of(norm, config.columns(), config.epsilon()) : null;
        }

        float[] forward(float[] x, KvCache cache, boolean isLong, int layer, AttentionProbe probe) {
            probe.entering(layer, x);
            float[] attended =
                    (isLong ? inLongText : attention)
                            .forward(attentionNorm.normalized(x), cache, mask, layer, probe);
            Rows.add(attended, x);
            float[] normalized = feedForwardNorm.normalized(attended);
            float[] y = down.forward(Linear.gated(normalized, gate, Activation.SILU, up));
            Rows.add(y, attended);
            return y;
        }
    }

    private final Config config;
    private final Embedding words;
    private final List<Block> blocks;
    private final RmsNorm norm;
    private final @Nullable Linear head;

    /**
     * Takes the weights of a checkpoint under the names that they have at Hugging Face, with or
     * without {@code model.} before them. Without it, the output layer may be missing.
     *
     * @param tied whether the output layer is the embedding, whatever else the checkpoint holds
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Llama of(Config config, boolean tied, Weights weights)
            throws CheckpointException {
        return new Llama(config, tied, weights);
    }

    private Llama(Config config, boolean tied, Weights weights) throws CheckpointException {
        Weights body = weights.has("model.norm.weight") ? weights.at("model") : weights;
        this.config = config;
        words = Embedding.of(body.at("embed_tokens"), config.vocabulary(), config.hidden());
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.windows().size(); layer++) {
            Weights block = body.at("layers").at(String.valueOf(layer));
            blocks.add(Block.of(block, config, config.windows().get(layer)));
        }
        norm = RmsNorm.of(body.at("norm"), config.hidden(), config.epsilon());
        head = head(tied, body != weights, weights);
    }

    private @Nullable Linear head(boolean tied, boolean isWhole, Weights weights)
            throws CheckpointException {
        if (tied) {
            return Linear.tied(words.table());
        }
        Weights head = weights.at("lm_head");
        return isWhole || head.has("weight")
                ? Linear.stored(head, config.hidden(), config.vocabulary())
                : null;
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
        if (config.longContext().isEmpty()) {
            return pass(ids, caches, false, probe);
        }
        boolean isLong = caches.expected(ids.length) > config.longContext().get().longest();
        if (caches.length() > 0 && isLong != caches.areReadAsLong()) {
            readAnew(caches, isLong);
        }
        caches.note(ids, isLong);
        return pass(ids, caches, isLong, probe);
    }

    /** The keys of a text that has become long, or short, are turned otherwise than they were. */
    private void readAnew(LayerCaches caches, boolean isLong) {
        int[] before = caches.ids();
        caches.truncate(0);
        for (int from = 0; from < before.length; from += TILE) {
            int[] ids = Arrays.copyOfRange(before, from, Math.min(before.length, from + TILE));
            caches.note(ids, isLong);
            pass(ids, caches, isLong, AttentionProbe.none());
        }
    }

    private float[] pass(int[] ids, LayerCaches caches, boolean isLong, AttentionProbe probe) {
        float[] x = new float[Math.multiplyExact(ids.length, config.hidden())];
        for (int row = 0; row < ids.length; row++) {
            words.addTo(x, row, ids[row]);
        }
        for (int layer = 0; layer < blocks.size(); layer++) {
            x = blocks.get(layer).forward(x, caches.layers().get(layer), isLong, layer, probe);
        }
        norm.apply(x);
        return x;
    }

    @Override
    public boolean hasLogits() {
        return head != null;
    }

    @Override
    public float[] logits(float[] hidden) {
        if (head == null) {
            throw new IllegalStateException("the model has no output layer");
        }
        return head.forward(hidden);
    }
}

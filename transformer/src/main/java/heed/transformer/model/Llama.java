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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Llama (Touvron et al. 2023) and its family: Mistral, which sees a window of keys; Qwen2, whose
 * projections have a bias; Qwen3, which normalises queries and keys. What a checkpoint holds of
 * these is used.
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
            List<Integer> windows) {
        /** A window of all keys. */
        public static final int ALL = Integer.MAX_VALUE;

        public Config {
            windows = List.copyOf(windows);
        }
    }

    /** What the tensors of a block and of the model are called. */
    enum Names {
        HUGGING_FACE(
                "embed_tokens",
                "layers",
                "self_attn.q_proj",
                "self_attn.k_proj",
                "self_attn.v_proj",
                "self_attn.o_proj",
                "self_attn.q_norm",
                "self_attn.k_norm",
                "input_layernorm",
                "post_attention_layernorm",
                "mlp.gate_proj",
                "mlp.up_proj",
                "mlp.down_proj",
                "norm"),
        GGUF(
                "token_embd",
                "blk",
                "attn_q",
                "attn_k",
                "attn_v",
                "attn_output",
                "attn_q_norm",
                "attn_k_norm",
                "attn_norm",
                "ffn_norm",
                "ffn_gate",
                "ffn_up",
                "ffn_down",
                "output_norm");

        final String embedding;
        final String blocks;
        final String query;
        final String key;
        final String value;
        final String output;
        final String queryNorm;
        final String keyNorm;
        final String attentionNorm;
        final String feedForwardNorm;
        final String gate;
        final String up;
        final String down;
        final String norm;

        Names(String... names) {
            embedding = names[0];
            blocks = names[1];
            query = names[2];
            key = names[3];
            value = names[4];
            output = names[5];
            queryNorm = names[6];
            keyNorm = names[7];
            attentionNorm = names[8];
            feedForwardNorm = names[9];
            gate = names[10];
            up = names[11];
            down = names[12];
            norm = names[13];
        }
    }

    private record Block(
            RmsNorm attentionNorm,
            MultiHeadAttention attention,
            AttentionMask mask,
            RmsNorm feedForwardNorm,
            Linear gate,
            Linear up,
            Linear down) {

        static Block of(Weights weights, Names names, Config config, int window)
                throws CheckpointException {
            int hidden = config.hidden();
            int queries = config.heads() * config.columns();
            int keys = config.kvHeads() * config.columns();
            return new Block(
                    RmsNorm.of(weights.at(names.attentionNorm), hidden, config.epsilon()),
                    new MultiHeadAttention(
                            config.heads(),
                            config.kvHeads(),
                            Linear.stored(weights.at(names.query), hidden, queries),
                            Linear.stored(weights.at(names.key), hidden, keys),
                            Linear.stored(weights.at(names.value), hidden, keys),
                            Linear.stored(weights.at(names.output), queries, hidden),
                            normIfThere(weights, names.queryNorm, config),
                            normIfThere(weights, names.keyNorm, config),
                            config.rotary()),
                    window == Config.ALL
                            ? AttentionMask.causal()
                            : AttentionMask.slidingWindow(window),
                    RmsNorm.of(weights.at(names.feedForwardNorm), hidden, config.epsilon()),
                    Linear.stored(weights.at(names.gate), hidden, config.intermediate()),
                    Linear.stored(weights.at(names.up), hidden, config.intermediate()),
                    Linear.stored(weights.at(names.down), config.intermediate(), hidden));
        }

        private static @Nullable RmsNorm normIfThere(Weights weights, String name, Config config)
                throws CheckpointException {
            Weights norm = weights.at(name);
            return norm.has("weight") ? RmsNorm.of(norm, config.columns(), config.epsilon()) : null;
        }

        float[] forward(float[] x, KvCache cache, int layer, AttentionProbe probe) {
            probe.entering(layer, x);
            float[] attended =
                    attention.forward(attentionNorm.normalized(x), cache, mask, layer, probe);
            Rows.add(attended, x);
            float[] normalized = feedForwardNorm.normalized(attended);
            float[] inner = gate.forward(normalized, Activation.SILU);
            Rows.multiply(inner, up.forward(normalized));
            float[] y = down.forward(inner);
            Rows.add(y, attended);
            return y;
        }
    }

    private final Config config;
    private final Embedding words;
    private final List<Block> blocks;
    private final RmsNorm norm;
    private final Linear head;

    private Llama(Config config, Weights body, Names names, @Nullable Weights head)
            throws CheckpointException {
        this.config = config;
        words = Embedding.of(body.at(names.embedding), config.vocabulary(), config.hidden());
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.windows().size(); layer++) {
            Weights block = body.at(names.blocks).at(String.valueOf(layer));
            blocks.add(Block.of(block, names, config, config.windows().get(layer)));
        }
        norm = RmsNorm.of(body.at(names.norm), config.hidden(), config.epsilon());
        this.head =
                head != null && head.has("weight")
                        ? Linear.stored(head, config.hidden(), config.vocabulary())
                        : Linear.tied(words.table());
    }

    /**
     * Takes the weights of a checkpoint under the names that they have at Hugging Face.
     *
     * @param tied whether the output layer is the embedding, whatever else the checkpoint holds
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Llama of(Config config, boolean tied, Weights weights)
            throws CheckpointException {
        Weights body = weights.has("model.norm.weight") ? weights.at("model") : weights;
        if (!tied) {
            weights.stored("lm_head.weight");
        }
        return new Llama(config, body, Names.HUGGING_FACE, tied ? null : weights.at("lm_head"));
    }

    /**
     * Takes the weights of a GGUF file. Without an output layer the embedding is that too.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Llama ofGguf(Config config, Weights weights) throws CheckpointException {
        return new Llama(config, weights, Names.GGUF, weights.at("output"));
    }

    public Config config() {
        return config;
    }

    @Override
    public int vocabulary() {
        return config.vocabulary();
    }

    @Override
    public int positions() {
        return config.positions();
    }

    @Override
    public int hidden() {
        return config.hidden();
    }

    @Override
    public int heads() {
        return config.heads();
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

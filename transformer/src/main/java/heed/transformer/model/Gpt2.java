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
import java.util.ArrayList;
import java.util.List;

/** GPT-2 (Radford et al. 2019). */
public final class Gpt2 implements CausalModel {

    /**
     * The shape of a GPT-2.
     *
     * @param vocabulary pieces that it knows
     * @param positions tokens that it can read at most
     * @param hidden features of a token
     * @param intermediate features inside the feed-forward layer
     * @param layers blocks
     * @param heads attention heads of a block
     * @param epsilon ε of every layer norm
     * @param activation between the two linear layers of a block
     */
    public record Config(
            int vocabulary,
            int positions,
            int hidden,
            int intermediate,
            int layers,
            int heads,
            double epsilon,
            Activation activation) {}

    /** What the tensors of a block and of the model are called, and how the weights lie. */
    private enum Names {
        /** Weights are {@code [in, out]}. */
        HUGGING_FACE(
                "wte",
                "wpe",
                "h",
                "ln_1",
                "attn.c_attn",
                "attn.c_proj",
                "ln_2",
                "mlp.c_fc",
                "mlp.c_proj",
                "ln_f",
                "lm_head"),
        /** Weights are {@code [out, in]}. */
        GGUF(
                "token_embd",
                "position_embd",
                "blk",
                "attn_norm",
                "attn_qkv",
                "attn_output",
                "ffn_norm",
                "ffn_up",
                "ffn_down",
                "output_norm",
                "output");

        final String words;
        final String positions;
        final String blocks;
        final String attentionNorm;
        final String queryKeyValue;
        final String output;
        final String feedForwardNorm;
        final String inner;
        final String outer;
        final String norm;
        final String head;

        Names(String... names) {
            words = names[0];
            positions = names[1];
            blocks = names[2];
            attentionNorm = names[3];
            queryKeyValue = names[4];
            output = names[5];
            feedForwardNorm = names[6];
            inner = names[7];
            outer = names[8];
            norm = names[9];
            head = names[10];
        }

        Linear linear(Weights weights, int in, int out) throws CheckpointException {
            return this == GGUF ? Linear.stored(weights, in, out) : Linear.of(weights, in, out);
        }

        List<Linear> parts(Weights weights, int in, int out, int parts) throws CheckpointException {
            return this == GGUF
                    ? Linear.storedParts(weights, in, out, parts)
                    : Linear.parts(weights, in, out, parts);
        }
    }

    private record Block(
            LayerNorm attentionNorm,
            MultiHeadAttention attention,
            LayerNorm feedForwardNorm,
            Linear inner,
            Linear outer,
            Activation activation) {

        static Block of(Weights weights, Names names, Config config) throws CheckpointException {
            int hidden = config.hidden();
            List<Linear> qkv = names.parts(weights.at(names.queryKeyValue), hidden, hidden, 3);
            return new Block(
                    LayerNorm.of(weights.at(names.attentionNorm), hidden, config.epsilon()),
                    new MultiHeadAttention(
                            config.heads(),
                            qkv.get(0),
                            qkv.get(1),
                            qkv.get(2),
                            names.linear(weights.at(names.output), hidden, hidden)),
                    LayerNorm.of(weights.at(names.feedForwardNorm), hidden, config.epsilon()),
                    names.linear(weights.at(names.inner), hidden, config.intermediate()),
                    names.linear(weights.at(names.outer), config.intermediate(), hidden),
                    config.activation());
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
            float[] y =
                    outer.forward(inner.forward(feedForwardNorm.normalized(attended), activation));
            Rows.add(y, attended);
            return y;
        }
    }

    private final Config config;
    private final Embedding words;
    private final Embedding positions;
    private final List<Block> blocks;
    private final LayerNorm norm;
    private final Linear head;

    /**
     * Takes the weights of a checkpoint under the names that they have at Hugging Face, with or
     * without {@code transformer.} before them.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Gpt2 of(Config config, Weights weights) throws CheckpointException {
        Weights body = weights.has("transformer.wte.weight") ? weights.at("transformer") : weights;
        return new Gpt2(config, body, Names.HUGGING_FACE, weights);
    }

    /**
     * Takes the weights of a GGUF file. Without an output layer the embedding is that too.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Gpt2 ofGguf(Config config, Weights weights) throws CheckpointException {
        return new Gpt2(config, weights, Names.GGUF, weights);
    }

    private Gpt2(Config config, Weights body, Names names, Weights all) throws CheckpointException {
        this.config = config;
        words = Embedding.of(body.at(names.words), config.vocabulary(), config.hidden());
        positions = Embedding.of(body.at(names.positions), config.positions(), config.hidden());
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            Weights block = body.at(names.blocks).at(String.valueOf(layer));
            blocks.add(Block.of(block, names, config));
        }
        norm = LayerNorm.of(body.at(names.norm), config.hidden(), config.epsilon());
        head =
                all.at(names.head).has("weight")
                        ? Linear.stored(all.at(names.head), config.hidden(), config.vocabulary())
                        : Linear.tied(words.table());
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
            positions.addTo(x, row, caches.length() + row);
        }
        for (int layer = 0; layer < blocks.size(); layer++) {
            x = blocks.get(layer).forward(x, caches.layers().get(layer), layer, probe);
        }
        return norm.normalized(x);
    }

    @Override
    public float[] logits(float[] hidden) {
        return head.forward(hidden);
    }
}

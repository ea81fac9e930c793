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

    private record Block(
            LayerNorm attentionNorm,
            MultiHeadAttention attention,
            LayerNorm feedForwardNorm,
            Linear inner,
            Linear outer,
            Activation activation) {

        static Block of(Weights weights, Config config) throws CheckpointException {
            int hidden = config.hidden();
            Weights attention = weights.at("attn");
            List<Linear> qkv = Linear.parts(attention.at("c_attn"), hidden, hidden, 3);
            return new Block(
                    LayerNorm.of(weights.at("ln_1"), hidden, config.epsilon()),
                    new MultiHeadAttention(
                            config.heads(),
                            qkv.get(0),
                            qkv.get(1),
                            qkv.get(2),
                            Linear.of(attention.at("c_proj"), hidden, hidden)),
                    LayerNorm.of(weights.at("ln_2"), hidden, config.epsilon()),
                    Linear.of(weights.at("mlp.c_fc"), hidden, config.intermediate()),
                    Linear.of(weights.at("mlp.c_proj"), config.intermediate(), hidden),
                    config.activation());
        }

        float[] forward(float[] x, KvCache cache, int layer, AttentionProbe probe) {
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
    public Gpt2(Config config, Weights weights) throws CheckpointException {
        this.config = config;
        Weights body = weights.has("transformer.wte.weight") ? weights.at("transformer") : weights;
        words = Embedding.of(body.at("wte"), config.vocabulary(), config.hidden());
        positions = Embedding.of(body.at("wpe"), config.positions(), config.hidden());
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            blocks.add(Block.of(body.at("h").at(String.valueOf(layer)), config));
        }
        norm = LayerNorm.of(body.at("ln_f"), config.hidden(), config.epsilon());
        head =
                weights.has("lm_head.weight")
                        ? Linear.stored(weights.at("lm_head"), config.hidden(), config.vocabulary())
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

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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * BERT (Devlin et al. 2019), an encoder in which every token sees every other; RoBERTa (Liu et al.
 * 2019), whose positions begin further on; DistilBERT (Sanh et al. 2019), which has no token types.
 */
public final class Bert implements Encoder {

    /**
     * The shape of a BERT.
     *
     * @param vocabulary pieces that it knows
     * @param positions tokens that it can read at most
     * @param firstPosition the position of the first token; those before it are used by none
     * @param tokenTypes kinds of tokens, the first where a text stands alone; 0 if it knows none
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
            int firstPosition,
            int tokenTypes,
            int hidden,
            int intermediate,
            int layers,
            int heads,
            double epsilon,
            Activation activation)
            implements TransformerModel.Shape {
        /**
         * @throws IllegalArgumentException if a number is not positive, but those that may be 0, or
         *     the heads do not divide the hidden features
         */
        public Config {
            if (Math.min(
                            Math.min(vocabulary, positions),
                            Math.min(Math.min(hidden, intermediate), layers))
                    < 1) {
                throw new IllegalArgumentException(
                        ("a BERT needs at least one of each, not %d pieces, %d positions,"
                                        + " %d and %d features, %d layers")
                                .formatted(vocabulary, positions, hidden, intermediate, layers));
            }
            if (firstPosition < 0 || tokenTypes < 0) {
                throw new IllegalArgumentException(
                        "neither the first position, %d, nor the number of token types, %d, can be negative"
                                .formatted(firstPosition, tokenTypes));
            }
            if (!(epsilon > 0)) {
                throw new IllegalArgumentException("epsilon must be positive, not " + epsilon);
            }
            if (heads < 1 || hidden % heads != 0) {
                throw new IllegalArgumentException(
                        "%d hidden features are not a multiple of %d heads"
                                .formatted(hidden, heads));
            }
        }

        /** As the paper has it: two token types, positions from 0 on, GELU. */
        public Config(
                int vocabulary,
                int positions,
                int hidden,
                int intermediate,
                int layers,
                int heads,
                double epsilon) {
            this(
                    vocabulary,
                    positions,
                    0,
                    2,
                    hidden,
                    intermediate,
                    layers,
                    heads,
                    epsilon,
                    Activation.GELU);
        }
    }

    private static PostNormBlock block(Weights weights, Config config) throws CheckpointException {
        int hidden = config.hidden();
        return PostNormBlock.of(
                weights,
                new MultiHeadAttention(
                        config.heads(),
                        Linear.packed(weights.at("attention.self.query"), hidden, hidden),
                        Linear.packed(weights.at("attention.self.key"), hidden, hidden),
                        Linear.packed(weights.at("attention.self.value"), hidden, hidden),
                        Linear.packed(weights.at("attention.output.dense"), hidden, hidden)),
                LayerNorm.of(weights.at("attention.output.LayerNorm"), hidden, config.epsilon()),
                config.intermediate(),
                config.activation(),
                config.epsilon());
    }

    private final Config config;
    private final Embedding words;
    private final Embedding positions;
    private final @Nullable Embedding tokenTypes;
    private final LayerNorm embeddingNorm;
    private final List<PostNormBlock> blocks;

    /**
     * Takes the weights of a checkpoint under the names that a BERT's have at Hugging Face.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public Bert(Config config, Weights weights) throws CheckpointException {
        this.config = config;
        Weights embeddings = weights.at("embeddings");
        int hidden = config.hidden();
        words = Embedding.of(embeddings.at("word_embeddings"), config.vocabulary(), hidden);
        positions =
                Embedding.of(
                        embeddings.at("position_embeddings"),
                        Math.addExact(config.firstPosition(), config.positions()),
                        hidden);
        tokenTypes =
                config.tokenTypes() == 0
                        ? null
                        : Embedding.of(
                                embeddings.at("token_type_embeddings"),
                                config.tokenTypes(),
                                hidden);
        embeddingNorm = LayerNorm.of(embeddings.at("LayerNorm"), hidden, config.epsilon());
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            Weights block = weights.at("encoder.layer").at(String.valueOf(layer));
            blocks.add(block(block, config));
        }
    }

    @Override
    public Config config() {
        return config;
    }

    @Override
    public int tokenTypes() {
        return config.tokenTypes();
    }

    @Override
    public List<MultiHeadAttention> attention() {
        return blocks.stream().map(PostNormBlock::attention).toList();
    }

    @Override
    public Optional<LayerNorm> attentionNorm(int layer) {
        return Optional.of(blocks.get(layer).attentionNorm());
    }

    @Override
    public float[] forward(int[] ids, int[] types, int[] lengths, AttentionProbe probe) {
        Encoder.check(this, ids, types, lengths);
        AttentionMask mask = Encoder.within(lengths);
        float[] x = embed(ids, types, lengths);
        for (int layer = 0; layer < blocks.size(); layer++) {
            x = blocks.get(layer).forward(x, mask, layer, probe);
        }
        return x;
    }

    private float[] embed(int[] ids, int[] types, int[] lengths) {
        float[] x = new float[Math.multiplyExact(ids.length, config.hidden())];
        int row = 0;
        for (int length : lengths) {
            for (int position = 0; position < length; position++, row++) {
                words.addTo(x, row, ids[row]);
                positions.addTo(x, row, config.firstPosition() + position);
                if (tokenTypes != null) {
                    tokenTypes.addTo(x, row, types[row]);
                }
            }
        }
        embeddingNorm.apply(x);
        return x;
    }
}

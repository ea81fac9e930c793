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

/** BERT (Devlin et al. 2019): an encoder in which every token sees every other. */
public final class Bert {

    /**
     * The shape of a BERT.
     *
     * @param vocabulary pieces that it knows
     * @param positions tokens that it can read at most
     * @param hidden features of a token
     * @param intermediate features inside the feed-forward layer
     * @param layers blocks
     * @param heads attention heads of a block
     * @param epsilon ε of every layer norm
     */
    public record Config(
            int vocabulary,
            int positions,
            int hidden,
            int intermediate,
            int layers,
            int heads,
            double epsilon) {
        /**
         * @throws IllegalArgumentException if a number is not positive, or the heads do not divide
         *     the hidden features
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
            if (!(epsilon > 0)) {
                throw new IllegalArgumentException("epsilon must be positive, not " + epsilon);
            }
            if (heads < 1 || hidden % heads != 0) {
                throw new IllegalArgumentException(
                        "%d hidden features are not a multiple of %d heads"
                                .formatted(hidden, heads));
            }
        }
    }

    private record Block(
            MultiHeadAttention attention,
            LayerNorm attentionNorm,
            Linear intermediate,
            Linear output,
            LayerNorm outputNorm) {

        static Block of(Weights weights, Config config) throws CheckpointException {
            int hidden = config.hidden();
            Weights self = weights.at("attention.self");
            Weights attended = weights.at("attention.output");
            return new Block(
                    new MultiHeadAttention(
                            config.heads(),
                            Linear.of(self.at("query"), hidden, hidden),
                            Linear.of(self.at("key"), hidden, hidden),
                            Linear.of(self.at("value"), hidden, hidden),
                            Linear.of(attended.at("dense"), hidden, hidden)),
                    LayerNorm.of(attended.at("LayerNorm"), hidden, config.epsilon()),
                    Linear.of(weights.at("intermediate.dense"), hidden, config.intermediate()),
                    Linear.of(weights.at("output.dense"), config.intermediate(), hidden),
                    LayerNorm.of(weights.at("output.LayerNorm"), hidden, config.epsilon()));
        }

        float[] forward(float[] x, AttentionMask mask, int layer, AttentionProbe probe) {
            float[] attended = attention.forward(x, mask, layer, probe);
            attentionNorm.applyToSum(attended, x);

            float[] y = output.forward(intermediate.forward(attended, Activation.GELU));
            outputNorm.applyToSum(y, attended);
            return y;
        }
    }

    private final Config config;
    private final Embedding words;
    private final Embedding positions;
    private final Embedding tokenTypes;
    private final LayerNorm embeddingNorm;
    private final List<Block> blocks;

    /**
     * Takes the weights of a checkpoint under the names that they have at Hugging Face.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public Bert(Config config, Weights weights) throws CheckpointException {
        this.config = config;
        Weights embeddings = weights.at("embeddings");
        int hidden = config.hidden();
        words = Embedding.of(embeddings.at("word_embeddings"), config.vocabulary(), hidden);
        positions = Embedding.of(embeddings.at("position_embeddings"), config.positions(), hidden);
        tokenTypes = Embedding.of(embeddings.at("token_type_embeddings"), 2, hidden);
        embeddingNorm = LayerNorm.of(embeddings.at("LayerNorm"), hidden, config.epsilon());
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            blocks.add(Block.of(weights.at("encoder.layer").at(String.valueOf(layer)), config));
        }
    }

    public Config config() {
        return config;
    }

    /** The attention of every layer. */
    public List<MultiHeadAttention> attention() {
        return blocks.stream().map(Block::attention).toList();
    }

    /**
     * The last hidden states {@code [n, hidden]} of n tokens.
     *
     * @param ids their numbers in the vocabulary
     * @param probe sees the attention of every layer
     * @throws IllegalArgumentException if there are more tokens than positions, or an id is not in
     *     the vocabulary
     */
    public float[] forward(int[] ids, AttentionProbe probe) {
        return forward(ids, new int[] {ids.length}, probe);
    }

    /**
     * The last hidden states {@code [n, hidden]} of texts that are packed one behind the other, n
     * tokens in all. No token sees another text, and the positions of each start from 0: its rows
     * are what it would have alone.
     *
     * @param ids the numbers of all tokens in the vocabulary
     * @param lengths tokens of each text
     * @param probe sees the attention of every layer, over the whole pack
     * @throws IllegalArgumentException if a text has no tokens or more than positions, the lengths
     *     do not sum to the tokens, or an id is not in the vocabulary
     */
    public float[] forward(int[] ids, int[] lengths, AttentionProbe probe) {
        check(ids, lengths);
        AttentionMask mask =
                lengths.length == 1 ? AttentionMask.full() : AttentionMask.documents(lengths);
        float[] x = embed(ids, lengths);
        for (int layer = 0; layer < blocks.size(); layer++) {
            x = blocks.get(layer).forward(x, mask, layer, probe);
        }
        return x;
    }

    private void check(int[] ids, int[] lengths) {
        long sum = 0;
        for (int length : lengths) {
            if (length < 1 || length > config.positions()) {
                throw new IllegalArgumentException(
                        "the model reads 1 to %d tokens, not %d"
                                .formatted(config.positions(), length));
            }
            sum += length;
        }
        if (sum != ids.length || lengths.length == 0) {
            throw new IllegalArgumentException(
                    "%d lengths, %d tokens in all, do not fit %d tokens"
                            .formatted(lengths.length, sum, ids.length));
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= config.vocabulary()) {
                throw new IllegalArgumentException(
                        "token %d has id %d, the vocabulary has ids 0 to %d"
                                .formatted(i, ids[i], config.vocabulary() - 1));
            }
        }
    }

    private float[] embed(int[] ids, int[] lengths) {
        float[] x = new float[Math.multiplyExact(ids.length, config.hidden())];
        int row = 0;
        for (int length : lengths) {
            for (int position = 0; position < length; position++, row++) {
                words.addTo(x, row, ids[row]);
                positions.addTo(x, row, position);
                tokenTypes.addTo(x, row, 0);
            }
        }
        embeddingNorm.apply(x);
        return x;
    }
}

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
import org.jspecify.annotations.Nullable;

/**
 * BERT (Devlin et al. 2019), an encoder in which every token sees every other; RoBERTa (Liu et al.
 * 2019), whose positions begin further on; DistilBERT (Sanh et al. 2019), which has no token types.
 */
public final class Bert {

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
            Activation activation) {
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

    private record Block(
            MultiHeadAttention attention,
            LayerNorm attentionNorm,
            Linear intermediate,
            Activation activation,
            Linear output,
            LayerNorm outputNorm) {

        static Block of(Weights weights, BertNames names, Config config)
                throws CheckpointException {
            int hidden = config.hidden();
            int inner = config.intermediate();
            return new Block(
                    new MultiHeadAttention(
                            config.heads(),
                            names.linear(weights.at(names.query), hidden, hidden),
                            names.linear(weights.at(names.key), hidden, hidden),
                            names.linear(weights.at(names.value), hidden, hidden),
                            names.linear(weights.at(names.attentionOutput), hidden, hidden)),
                    LayerNorm.of(weights.at(names.attentionNorm), hidden, config.epsilon()),
                    names.linear(weights.at(names.intermediate), hidden, inner),
                    config.activation(),
                    names.linear(weights.at(names.output), inner, hidden),
                    LayerNorm.of(weights.at(names.outputNorm), hidden, config.epsilon()));
        }

        float[] forward(float[] x, AttentionMask mask, int layer, AttentionProbe probe) {
            probe.entering(layer, x);
            float[] attended = attention.forward(x, mask, layer, probe);
            attentionNorm.applyToSum(attended, x);

            float[] y = output.forward(intermediate.forward(attended, activation));
            outputNorm.applyToSum(y, attended);
            return y;
        }
    }

    private final Config config;
    private final Embedding words;
    private final Embedding positions;
    private final @Nullable Embedding tokenTypes;
    private final LayerNorm embeddingNorm;
    private final List<Block> blocks;

    /**
     * Takes the weights of a checkpoint.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    Bert(Config config, Weights weights, BertNames names) throws CheckpointException {
        this.config = config;
        Weights body = names.body(weights);
        Weights embeddings = body.at("embeddings");
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
            Weights block = body.at(names.blocks).at(String.valueOf(layer));
            blocks.add(Block.of(block, names, config));
        }
    }

    /**
     * Takes the weights of an ONNX file under the names that a BERT has at Hugging Face.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Bert ofOnnx(Config config, Weights weights) throws CheckpointException {
        return new Bert(config, weights, BertNames.ONNX);
    }

    /**
     * Takes the weights of a checkpoint of BERT or RoBERTa under the names that they have at
     * Hugging Face, with or without {@code bert.} or {@code roberta.} before them.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Bert of(Config config, Weights weights) throws CheckpointException {
        return new Bert(config, weights, BertNames.BERT);
    }

    /**
     * Takes the weights of a checkpoint of DistilBERT under the names that they have at Hugging
     * Face, with or without {@code distilbert.} before them.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Bert ofDistilBert(Config config, Weights weights) throws CheckpointException {
        return new Bert(config, weights, BertNames.DISTILBERT);
    }

    public Config config() {
        return config;
    }

    /** The norm around the sum of a layer's attention and what it read (post-norm). */
    public LayerNorm attentionNorm(int layer) {
        return blocks.get(layer).attentionNorm();
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
        return forward(ids, new int[ids.length], lengths, probe);
    }

    /**
     * The same with tokens of several kinds: those of a second text are of another kind than those
     * of a first. A model that knows no kinds takes no heed of them.
     *
     * @param types the kind of each token
     * @throws IllegalArgumentException as above, or if a kind is not known
     */
    public float[] forward(int[] ids, int[] types, int[] lengths, AttentionProbe probe) {
        check(ids, lengths);
        checkTypes(ids, types);
        AttentionMask mask =
                lengths.length == 1 ? AttentionMask.full() : AttentionMask.documents(lengths);
        float[] x = embed(ids, types, lengths);
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

    private void checkTypes(int[] ids, int[] types) {
        if (types.length != ids.length) {
            throw new IllegalArgumentException(
                    "%d token types for %d tokens".formatted(types.length, ids.length));
        }
        for (int i = 0; i < types.length && tokenTypes != null; i++) {
            if (types[i] < 0 || types[i] >= config.tokenTypes()) {
                throw new IllegalArgumentException(
                        "token %d is of type %d, the model has types 0 to %d"
                                .formatted(i, types[i], config.tokenTypes() - 1));
            }
        }
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

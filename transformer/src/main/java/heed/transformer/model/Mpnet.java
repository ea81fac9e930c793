package heed.transformer.model;

import heed.attention.AttentionBias;
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

/**
 * MPNet (Song et al. 2020): a BERT without token types, in which every score also gets a number
 * that depends on how far the key is from the query, the same in all layers.
 */
public final class Mpnet implements Encoder {

    /**
     * The shape of an MPNet.
     *
     * @param vocabulary pieces that it knows
     * @param positions tokens that it can read at most
     * @param firstPosition the position of the first token; those before it are used by none
     * @param hidden features of a token
     * @param intermediate features inside the feed-forward layer
     * @param layers blocks
     * @param heads attention heads of a block
     * @param buckets of distances, half of them for keys behind the query
     * @param epsilon ε of every layer norm
     * @param activation between the two linear layers of a block
     */
    public record Config(
            int vocabulary,
            int positions,
            int firstPosition,
            int hidden,
            int intermediate,
            int layers,
            int heads,
            int buckets,
            double epsilon,
            Activation activation)
            implements TransformerModel.Shape {
        /**
         * @throws IllegalArgumentException if there are no positions, the heads do not divide the
         *     hidden features, or the buckets are not a multiple of 4
         */
        public Config {
            if (positions < 1) {
                throw new IllegalArgumentException("an MPNet of %d positions".formatted(positions));
            }
            if (hidden % heads != 0) {
                throw new IllegalArgumentException(
                        "%d hidden features are not a multiple of %d heads"
                                .formatted(hidden, heads));
            }
            if (buckets < 4 || buckets % 4 != 0) {
                throw new IllegalArgumentException(
                        "%d buckets of distances are not a multiple of 4".formatted(buckets));
            }
        }
    }

    private static PostNormBlock block(Weights weights, Config config, AttentionBias bias)
            throws CheckpointException {
        int hidden = config.hidden();
        Weights attention = weights.at("attention.attn");
        return PostNormBlock.of(
                weights,
                new MultiHeadAttention(
                                config.heads(),
                                Linear.packed(attention.at("q"), hidden, hidden),
                                Linear.packed(attention.at("k"), hidden, hidden),
                                Linear.packed(attention.at("v"), hidden, hidden),
                                Linear.packed(attention.at("o"), hidden, hidden))
                        .withBias(bias),
                LayerNorm.of(weights.at("attention.LayerNorm"), hidden, config.epsilon()),
                config.intermediate(),
                config.activation(),
                config.epsilon());
    }

    /** Distances from which on all are in the last bucket. */
    private static final int FARTHEST = 128;

    private final Config config;
    private final Embedding words;
    private final Embedding positions;
    private final LayerNorm embeddingNorm;
    private final List<PostNormBlock> blocks;

    /**
     * Takes the weights of a checkpoint under the names that they have at Hugging Face.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public Mpnet(Config config, Weights weights) throws CheckpointException {
        this.config = config;
        int hidden = config.hidden();
        Weights embeddings = weights.at("embeddings");
        words = Embedding.of(embeddings.at("word_embeddings"), config.vocabulary(), hidden);
        positions =
                Embedding.of(
                        embeddings.at("position_embeddings"),
                        Math.addExact(config.firstPosition(), config.positions()),
                        hidden);
        embeddingNorm = LayerNorm.of(embeddings.at("LayerNorm"), hidden, config.epsilon());
        AttentionBias bias = bias(config, weights.at("encoder.relative_attention_bias"));
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            Weights block = weights.at("encoder.layer").at(String.valueOf(layer));
            blocks.add(block(block, config, bias));
        }
    }

    /** From {@code weight [buckets, heads]}. */
    private static AttentionBias bias(Config config, Weights weights) throws CheckpointException {
        float[] byBucket = weights.get("weight", config.buckets(), config.heads());
        float[][] byDistance = new float[config.heads()][2 * FARTHEST + 1];
        for (int i = 0; i <= 2 * FARTHEST; i++) {
            int bucket = bucket(i - FARTHEST, config.buckets());
            for (int head = 0; head < config.heads(); head++) {
                byDistance[head][i] = byBucket[bucket * config.heads() + head];
            }
        }
        return AttentionBias.relative(byDistance);
    }

    /**
     * The bucket of a distance, as in T5 (Raffel et al. 2020, §2.1): small ones have one each,
     * larger ones share them by their logarithm.
     *
     * @param distance position of the key less that of the query
     */
    private static int bucket(int distance, int buckets) {
        int half = buckets / 2;
        int exact = half / 2;
        int far = Math.abs(distance);
        int side = distance > 0 ? half : 0;
        if (far < exact) {
            return side + far;
        }
        // In floats, as where the model was trained: at a border the last digit decides.
        float ratio =
                (float) Math.log((float) far / exact) / (float) Math.log((double) FARTHEST / exact);
        return side + Math.min(half - 1, exact + (int) (ratio * (half - exact)));
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
        return blocks.stream().map(PostNormBlock::attention).toList();
    }

    @Override
    public Optional<LayerNorm> attentionNorm(int layer) {
        return Optional.of(blocks.get(layer).attentionNorm());
    }

    @Override
    public float[] forward(int[] ids, int[] types, int[] lengths, AttentionProbe probe) {
        Encoder.check(this, ids, types, lengths);
        float[] x = new float[Math.multiplyExact(ids.length, config.hidden())];
        int row = 0;
        for (int length : lengths) {
            for (int position = 0; position < length; position++, row++) {
                words.addTo(x, row, ids[row]);
                positions.addTo(x, row, config.firstPosition() + position);
            }
        }
        embeddingNorm.apply(x);
        AttentionMask mask = Encoder.within(lengths);
        for (int layer = 0; layer < blocks.size(); layer++) {
            x = blocks.get(layer).forward(x, mask, layer, probe);
        }
        return x;
    }
}

package heed.transformer.model;

import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Activation;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.CrossEntropy;
import heed.transformer.layer.Dropout;
import heed.transformer.layer.Embedding;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.Linear;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.layer.ParameterGradients;
import heed.transformer.layer.Parameters;
import heed.transformer.layer.RowRange;
import heed.transformer.layer.Sequences;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** GPT-2 (Radford et al. 2019). */
public final class Gpt2 implements CausalModel {

    /**
     * The shape of a GPT-2.
     *
     * @param vocabulary pieces that it knows
     * @param positions tokens that it can read at most
     * @param hidden features of a token
     * @param intermediate features inside the feed-forward layer; 0 for a model of attention alone
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
            Activation activation)
            implements TransformerModel.Shape {

        /** The same with another feed-forward layer. */
        Config withIntermediate(int features) {
            return new Config(
                    vocabulary, positions, hidden, features, layers, heads, epsilon, activation);
        }
    }

    /**
     * The names and shapes of a model's parameters.
     *
     * @param tied whether its output layer is its embedding
     */
    public static Map<String, List<Integer>> shapes(Config config, boolean tied) {
        int hidden = config.hidden();
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        if (!tied) {
            shapes.put(HEAD, List.of(config.vocabulary(), hidden));
        }
        shapes.put("transformer.wte.weight", List.of(config.vocabulary(), hidden));
        shapes.put("transformer.wpe.weight", List.of(config.positions(), hidden));
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "transformer.h." + layer + ".";
            norm(shapes, block + "ln_1", hidden);
            linear(shapes, block + "attn.c_attn", hidden, 3 * hidden);
            linear(shapes, block + "attn.c_proj", hidden, hidden);
            if (config.intermediate() > 0) {
                norm(shapes, block + "ln_2", hidden);
                linear(shapes, block + "mlp.c_fc", hidden, config.intermediate());
                linear(shapes, block + "mlp.c_proj", config.intermediate(), hidden);
            }
        }
        norm(shapes, "transformer.ln_f", hidden);
        return shapes;
    }

    /**
     * About how many bytes of the heap a training takes: parameters with their gradients, the
     * optimizer's two means and their packed forms, and the activations of a pass.
     */
    public static long trainingBytes(Config config, int sequences, int length) {
        long parameters =
                shapes(config, true).values().stream()
                        .mapToLong(
                                shape ->
                                        shape.stream()
                                                .mapToLong(Integer::longValue)
                                                .reduce(1, Math::multiplyExact))
                        .sum();
        long ofBlock = 6L * config.hidden() + config.intermediate();
        long shared = 14L * config.hidden() + 2L * config.intermediate();
        long tokens = Math.multiplyExact((long) sequences, length);
        long activations = Math.multiplyExact(tokens, config.layers() * ofBlock + shared);
        long logits = Math.max(config.vocabulary(), CrossEntropy.BLOCK_LOGITS);
        return Float.BYTES * Math.addExact(6 * parameters + logits, activations);
    }

    private static void norm(Map<String, List<Integer>> shapes, String name, int features) {
        shapes.put(name + ".weight", List.of(features));
        shapes.put(name + ".bias", List.of(features));
    }

    private static void linear(Map<String, List<Integer>> shapes, String name, int in, int out) {
        shapes.put(name + ".weight", List.of(in, out));
        shapes.put(name + ".bias", List.of(out));
    }

    private static final String HEAD = "lm_head.weight";

    private final Config config;
    private final Embedding words;
    private final Embedding positions;
    private final List<Gpt2Block> blocks;
    private final LayerNorm norm;
    private final Linear head;

    /**
     * Takes the weights of a checkpoint under the names that they have at Hugging Face, with or
     * without {@code transformer.} before them. Without an output layer the embedding is that too.
     *
     * @param weights whose layout is that of the blocks' linear layers
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Gpt2 of(Config config, Weights weights) throws CheckpointException {
        return of(config, new Gpt2Layers.Stored(weights));
    }

    private static Gpt2 of(Config config, Gpt2Layers layers) throws CheckpointException {
        Gpt2Layers body = layers.has("transformer.wte.weight") ? layers.at("transformer") : layers;
        return new Gpt2(config, body, layers);
    }

    /**
     * A model that is learnt: what it computes follows its parameters.
     *
     * @param parameters of the names and shapes that {@link #shapes} says
     * @throws IllegalArgumentException if one is missing or of another shape
     */
    public static Gpt2 trained(Config config, Parameters parameters) {
        try {
            return of(config, new Gpt2Layers.Trained(parameters));
        } catch (CheckpointException e) {
            throw new IllegalStateException("parameters are not read from a file", e);
        }
    }

    private Gpt2(Config config, Gpt2Layers body, Gpt2Layers all) throws CheckpointException {
        int vocabulary = config.vocabulary();
        int hidden = config.hidden();
        this.config = config;
        words = body.at("wte").embedding(vocabulary, hidden);
        positions = body.at("wpe").embedding(config.positions(), hidden);
        blocks = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            Gpt2Layers block = body.at("h").at(String.valueOf(layer));
            blocks.add(Gpt2Block.of(block, config));
        }
        norm = body.at("ln_f").norm(hidden, config.epsilon());
        head =
                all.has(HEAD)
                        ? all.at("lm_head").output(hidden, vocabulary)
                        : body.at("wte").output(hidden, vocabulary);
    }

    @Override
    public Config config() {
        return config;
    }

    @Override
    public List<MultiHeadAttention> attention() {
        return blocks.stream().map(Gpt2Block::attention).toList();
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

    /**
     * What training passes keep and overwrite, made once: all activations of a batch of up to so
     * many tokens. Nothing in it grows with the square of a sequence.
     */
    public final class TrainingPass {
        private final int mostTokens;
        private final int mostSequences;
        private final List<Gpt2Block.Activations> saved = new ArrayList<>();
        private final Gpt2Block.Buffers buffers;
        private final float[] last;
        private final LayerNorm.Saved lastNorm;
        private final float[] hidden;
        private final float[] dHidden;
        private final float[] dx;
        private final List<Linear> linears;
        private final CrossEntropy crossEntropy;

        /**
         * @param sequences of a batch, at most
         * @param length tokens of each, at most
         */
        public TrainingPass(int sequences, int length) {
            int tokens = Math.multiplyExact(sequences, length);
            int features = Math.multiplyExact(tokens, config.hidden());
            mostTokens = tokens;
            mostSequences = sequences;
            blocks.forEach(block -> saved.add(block.new Activations(tokens, sequences)));
            buffers = blocks.getFirst().new Buffers(tokens);
            last = new float[features];
            lastNorm = new LayerNorm.Saved(tokens);
            hidden = new float[features];
            dHidden = new float[features];
            dx = new float[features];
            linears = blocks.stream().flatMap(block -> block.linears().stream()).toList();
            crossEntropy = new CrossEntropy(head, tokens);
        }

        /**
         * The sum of the cross-entropies of a batch, in nats.
         *
         * @throws IllegalArgumentException if the batch is larger than the pass
         */
        public double loss(TokenBatch batch) {
            prepare(batch);
            forEachPart(batch, part -> forward(part, batch, Dropout.none()));
            return crossEntropy.forward(hidden, batch.tokens(), batch.targets());
        }

        /**
         * The same, with the gradients of {@code scale · loss}, which are added to those of the
         * parameters.
         *
         * @param dropout of embeddings, attention weights, and what blocks add (Radford et al.
         *     2018, §4.1)
         * @throws IllegalArgumentException if the batch is larger than the pass
         */
        public double gradients(TokenBatch batch, float scale, Dropout dropout) {
            prepare(batch);
            int n = batch.tokens();
            forEachPart(batch, part -> forward(part, batch, dropout));
            double loss = crossEntropy.backward(hidden, n, batch.targets(), scale, dHidden);
            forEachPart(batch, part -> backwardOfNorm(part.rows()));
            ParameterGradients.add(List.of(norm.gradients(last, n, lastNorm, dHidden)));
            for (int layer = blocks.size() - 1; layer >= 0; layer--) {
                Gpt2Block block = blocks.get(layer);
                Gpt2Block.Activations activations = saved.get(layer);
                Dropout ofLayer = dropout.at(layer);
                forEachPart(batch, part -> block.backward(part, ofLayer, activations, buffers, dx));
                ParameterGradients.add(block.gradients(n, activations, buffers));
            }
            forEachPart(batch, part -> drop(part, dropout, dx));
            words.backward(batch.inputs(), n, dx);
            positions.backward(places(batch), n, dx);
            return loss;
        }

        /** Leaves the last hidden states of some sequences, before and after the last norm. */
        private void forward(Sequences part, TokenBatch batch, Dropout dropout) {
            embed(part, batch, dropout, saved.getFirst().x);
            for (int layer = 0; layer < blocks.size(); layer++) {
                float[] y = layer + 1 < blocks.size() ? saved.get(layer + 1).x : last;
                blocks.get(layer).forward(part, dropout.at(layer), saved.get(layer), buffers, y);
            }
            norm.forward(last, part.rows(), lastNorm, hidden);
        }

        /** {@code x = dropout(words + positions)}. */
        private void embed(Sequences part, TokenBatch batch, Dropout dropout, float[] x) {
            RowRange rows = part.rows();
            int end = rows.end();
            Arrays.fill(x, rows.first() * config.hidden(), end * config.hidden(), 0);
            for (int row = rows.first(); row < end; row++) {
                words.addTo(x, row, batch.inputs()[row]);
                positions.addTo(x, row, row % batch.length());
            }
            drop(part, dropout, x);
        }

        /** Dropout of embeddings, or of their gradients. */
        private void drop(Sequences part, Dropout dropout, float[] x) {
            if (dropout.isNone()) {
                return;
            }
            int elements = part.length() * config.hidden();
            for (int s = part.first(); s < part.end(); s++) {
                dropout.at(blocks.size()).at(s).apply(x, s * elements, elements, x);
            }
        }

        private void backwardOfNorm(RowRange rows) {
            int features = config.hidden();
            int end = rows.end() * features;
            Arrays.fill(dx, rows.first() * features, end, 0);
            norm.backward(last, rows, lastNorm, dHidden, dx, hidden);
        }

        private int[] places(TokenBatch batch) {
            return IntStream.range(0, batch.tokens()).map(row -> row % batch.length()).toArray();
        }

        private void forEachPart(TokenBatch batch, Consumer<Sequences> body) {
            int threads = ThreadTeam.defaultThreads();
            List<Sequences> parts = Sequences.parts(batch.sequences(), batch.length(), threads);
            ThreadTeam.run(threads, parts.size(), () -> i -> body.accept(parts.get(i)));
        }

        /**
         * Has all layers take over what has changed, at once, before parts of the batch use them.
         */
        private void prepare(TokenBatch batch) {
            if (batch.tokens() > mostTokens || batch.sequences() > mostSequences) {
                throw new IllegalArgumentException(
                        "a batch of %d sequences of %d tokens for a pass over %d sequences, %d tokens"
                                .formatted(
                                        batch.sequences(),
                                        batch.length(),
                                        mostSequences,
                                        mostTokens));
            }
            ThreadTeam.run(
                    ThreadTeam.defaultThreads(),
                    linears.size(),
                    () -> i -> linears.get(i).refresh());
        }
    }
}

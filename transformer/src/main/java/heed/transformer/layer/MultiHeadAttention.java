package heed.transformer.layer;

import heed.attention.Attention;
import heed.attention.AttentionBias;
import heed.attention.AttentionGradients;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionOutput;
import heed.attention.Heads;
import heed.attention.KeyValueHeads;
import heed.attention.KvCache;
import heed.simd.ThreadTeam;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head attention (Vaswani et al. 2017, §3.2.2): project to queries, keys and values, attend
 * in every head, concatenate the heads, project back.
 */
public final class MultiHeadAttention {
    private final int heads;
    private final int kvHeads;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear output;
    private final @Nullable RmsNorm queryNorm;
    private final @Nullable RmsNorm keyNorm;
    private final @Nullable RotaryEmbedding positions;
    private final AttentionBias bias;
    private final float scale;
    private final @Nullable RmsNorm outputNorm;

    private final Contributions contributions;

    /**
     * As many key/value heads as query heads.
     *
     * @param heads number of heads
     * @param query {@code [hidden, heads · d]}
     * @param key {@code [hidden, heads · d]}
     * @param value {@code [hidden, heads · d_v]}
     * @param output {@code [heads · d_v, hidden]}
     * @throws IllegalArgumentException if the heads do not divide a projection
     */
    public MultiHeadAttention(int heads, Linear query, Linear key, Linear value, Linear output) {
        this(heads, heads, query, key, value, output);
    }

    /**
     * Scores divided by √d, without positions.
     *
     * @param heads number of query heads
     * @param kvHeads number of key/value heads (Ainslie et al. 2023)
     * @param query {@code [hidden, heads · d]}
     * @param key {@code [hidden, kvHeads · d]}
     * @param value {@code [hidden, kvHeads · d_v]}
     * @param output {@code [heads · d_v, hidden]}
     * @throws IllegalArgumentException if the projections do not fit the heads, or one another
     */
    public MultiHeadAttention(
            int heads, int kvHeads, Linear query, Linear key, Linear value, Linear output) {
        if (heads < 1 || kvHeads < 1 || query.out() % heads != 0 || value.out() % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "%d heads do not divide projections of %d and %d features"
                            .formatted(heads, query.out(), value.out()));
        }
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "%d query heads are not a multiple of %d key/value heads"
                            .formatted(heads, kvHeads));
        }
        if (query.out() / heads * kvHeads != key.out()) {
            throw new IllegalArgumentException(
                    "queries of %d features and keys of %d differ"
                            .formatted(query.out() / heads * kvHeads, key.out()));
        }
        if (value.out() / kvHeads * heads != output.in()) {
            throw new IllegalArgumentException(
                    "values of %d features and an output projection from %d differ"
                            .formatted(value.out() / kvHeads * heads, output.in()));
        }
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.query = query;
        this.key = key;
        this.value = value;
        this.output = output;
        this.contributions = new Contributions(output, null);
        this.queryNorm = null;
        this.keyNorm = null;
        this.positions = null;
        this.bias = AttentionBias.none();
        this.outputNorm = null;
        this.scale = (float) (1 / Math.sqrt(keyColumns()));
    }

    private MultiHeadAttention(
            MultiHeadAttention of,
            @Nullable RmsNorm queryNorm,
            @Nullable RmsNorm keyNorm,
            @Nullable RotaryEmbedding positions,
            AttentionBias bias,
            float scale,
            @Nullable RmsNorm outputNorm) {
        heads = of.heads;
        kvHeads = of.kvHeads;
        query = of.query;
        key = of.key;
        value = of.value;
        output = of.output;
        contributions = new Contributions(output, outputNorm);
        this.queryNorm = queryNorm;
        this.keyNorm = keyNorm;
        this.positions = positions;
        this.bias = bias;
        this.scale = scale;
        this.outputNorm = outputNorm;
    }

    /**
     * The same with a norm of the d features of each query and each key, before they are turned.
     *
     * @param queryNorm or null for none
     * @param keyNorm or null for none
     */
    public MultiHeadAttention withNorms(@Nullable RmsNorm queryNorm, @Nullable RmsNorm keyNorm) {
        return new MultiHeadAttention(this, queryNorm, keyNorm, positions, bias, scale, outputNorm);
    }

    /** The same with queries and keys turned by their positions. */
    public MultiHeadAttention withPositions(RotaryEmbedding positions) {
        return new MultiHeadAttention(this, queryNorm, keyNorm, positions, bias, scale, outputNorm);
    }

    /** The same with something added to every score. */
    public MultiHeadAttention withBias(AttentionBias bias) {
        return new MultiHeadAttention(this, queryNorm, keyNorm, positions, bias, scale, outputNorm);
    }

    /** The same with dot products of queries and keys multiplied by another number than 1/√d. */
    public MultiHeadAttention withScale(double scale) {
        return new MultiHeadAttention(
                this, queryNorm, keyNorm, positions, bias, (float) scale, outputNorm);
    }

    /** The same with a norm of what it gives. */
    public MultiHeadAttention withOutputNorm(RmsNorm outputNorm) {
        return new MultiHeadAttention(this, queryNorm, keyNorm, positions, bias, scale, outputNorm);
    }

    /** The norm of what it gives, if there is one. */
    public Optional<RmsNorm> outputNorm() {
        return Optional.ofNullable(outputNorm);
    }

    /** Number of query heads. */
    public int heads() {
        return heads;
    }

    /** Number of key/value heads. */
    public int kvHeads() {
        return kvHeads;
    }

    /** Dimension of a query and of a key: d. */
    public int keyColumns() {
        return query.out() / heads;
    }

    /** Dimension of a value: d_v. */
    public int valueColumns() {
        return value.out() / kvHeads;
    }

    /** Features of a token: hidden. */
    public int features() {
        return output.out();
    }

    /** A cache for what this layer will have seen; it grows by itself. */
    public KvCache newCache(int capacity, KvCache.Storage storage) {
        return new KvCache(kvHeads, key.out() / kvHeads, value.out() / kvHeads, capacity, storage);
    }

    /**
     * {@code [n, hidden]} of x {@code [n, hidden]}.
     *
     * @param mask which token may attend to which
     * @param layer the number of this layer, for the probe
     */
    public float[] forward(float[] x, AttentionMask mask, int layer, AttentionProbe probe) {
        Projected of = project(x, 0);
        AttentionInput input = AttentionInput.of(of.q, of.k, of.v).withMask(mask);
        return attend(input, layer, probe);
    }

    /**
     * The same for tokens that follow on those in the cache, to which theirs are added.
     *
     * @param mask which token may attend to which, by their positions since the cache was empty
     */
    public float[] forward(
            float[] x, KvCache cache, AttentionMask mask, int layer, AttentionProbe probe) {
        Projected of = project(x, cache.length());
        cache.append(of.k, of.v);
        return attend(cache.attend(of.q).withMask(mask), layer, probe);
    }

    private float[] attend(AttentionInput input, int layer, AttentionProbe probe) {
        AttentionInput scored = input.withScale(scale).withBias(bias);
        AttentionOutput attended = Attention.forward(scored);
        probe.attended(layer, scored, attended);
        float[] y = output.forward(attended.out().data());
        if (outputNorm != null) {
            outputNorm.apply(y);
        }
        return y;
    }

    /**
     * What a training pass keeps of this layer, for up to so many tokens: queries, keys, values,
     * and what attention made of them, of every sequence.
     */
    public final class Saved {
        private final float[] q;
        private final float[] k;
        private final float[] v;
        private final float[] attended;
        private final AttentionInput[] inputs;
        private final AttentionOutput[] outputs;

        /**
         * @param tokens of all sequences
         * @param sequences how many there are at most
         */
        public Saved(int tokens, int sequences) {
            q = new float[tokens * query.out()];
            k = new float[tokens * key.out()];
            v = new float[tokens * value.out()];
            attended = new float[tokens * output.in()];
            inputs = new AttentionInput[sequences];
            outputs = new AttentionOutput[sequences];
        }
    }

    /** What a backward pass makes beside; layers of one shape may share it. */
    public final class Gradients {
        private final float[] dq;
        private final float[] dk;
        private final float[] dv;
        private final float[] dAttended;

        /**
         * @param tokens of all sequences
         */
        public Gradients(int tokens) {
            dq = new float[tokens * query.out()];
            dk = new float[tokens * key.out()];
            dv = new float[tokens * value.out()];
            dAttended = new float[tokens * output.in()];
        }
    }

    /**
     * A training pass over sequences, each of which attends to itself alone, under the causal mask.
     *
     * @param x {@code [n, hidden]}
     * @param dropout of the attention weights
     * @param y {@code [n, hidden]}; overwritten in the rows of these sequences
     */
    public void forward(float[] x, Sequences sequences, Dropout dropout, Saved saved, float[] y) {
        RowRange rows = sequences.rows();
        int threads = ThreadTeam.defaultThreads();
        query.forward(x, rows, saved.q);
        key.forward(x, rows, saved.k);
        value.forward(x, rows, saved.v);
        forEach(
                sequences,
                s -> {
                    RowRange tokens = sequences.rows(s);
                    saved.inputs[s] =
                            AttentionInput.of(
                                            part(saved.q, query.out(), heads, tokens),
                                            part(saved.k, key.out(), kvHeads, tokens),
                                            part(saved.v, value.out(), kvHeads, tokens))
                                    .withMask(AttentionMask.causal())
                                    .withDropout(dropout.at(s).ofAttention());
                    saved.outputs[s] =
                            new AttentionOutput(
                                    part(saved.attended, output.in(), heads, tokens),
                                    new float[heads * tokens.count()]);
                    Attention.forward(saved.inputs[s], saved.outputs[s], threads);
                });
        output.forward(saved.attended, rows, y);
    }

    /**
     * The gradient of the training pass before by x.
     *
     * @param dy {@code [n, hidden]}
     * @param dx {@code [n, hidden]}; overwritten in the rows of these sequences
     * @throws IllegalStateException if the projections are not learnt, or queries and keys are
     *     normed or turned
     */
    public void backward(
            Sequences sequences, float[] dy, Saved saved, Gradients gradients, float[] dx) {
        if (queryNorm != null || keyNorm != null || positions != null) {
            throw new IllegalStateException("norms and turns of queries and keys are not learnt");
        }
        RowRange rows = sequences.rows();
        int threads = ThreadTeam.defaultThreads();
        // y = attended W_O + b_O
        output.backward(dy, rows, false, gradients.dAttended);
        // attended = softmax(scale · q kᵀ, masked) v
        forEach(
                sequences,
                s -> {
                    RowRange tokens = sequences.rows(s);
                    Attention.backward(
                            saved.inputs[s],
                            saved.outputs[s],
                            part(gradients.dAttended, output.in(), heads, tokens),
                            new AttentionGradients(
                                    part(gradients.dq, query.out(), heads, tokens),
                                    part(gradients.dk, key.out(), kvHeads, tokens),
                                    part(gradients.dv, value.out(), kvHeads, tokens),
                                    null,
                                    null),
                            threads);
                });
        // q = x W_Q + b_Q, k = x W_K + b_K, v = x W_V + b_V
        query.backward(gradients.dq, rows, false, dx);
        key.backward(gradients.dk, rows, true, dx);
        value.backward(gradients.dv, rows, true, dx);
    }

    /**
     * The gradients of the training pass before by the weights, once {@link #backward} has been
     * through all sequences.
     *
     * @param x what the forward pass read
     * @param dy what the backward pass read
     * @param n rows of all sequences
     * @return what adds them to the gradients of the parameters
     */
    public List<ParameterGradients> gradients(
            float[] x, float[] dy, int n, Saved saved, Gradients gradients) {
        return List.of(
                output.gradients(saved.attended, dy, n),
                query.gradients(x, gradients.dq, n),
                key.gradients(x, gradients.dk, n),
                value.gradients(x, gradients.dv, n));
    }

    /** The projections of queries, keys, values, and back. */
    public List<Linear> projections() {
        return List.of(query, key, value, output);
    }

    /** Calls with the number of each sequence. */
    private static void forEach(Sequences sequences, IntConsumer body) {
        ThreadTeam.run(
                ThreadTeam.defaultThreads(),
                sequences.count(),
                () -> i -> body.accept(sequences.first() + i));
    }

    /** {@code [heads, rows, d]} of some rows of y, {@code [n, heads · d]}. */
    private static Heads part(float[] y, int features, int heads, RowRange rows) {
        int columns = features / heads;
        return new Heads(
                y, rows.first() * features, heads, rows.count(), columns, columns, features);
    }

    /** Queries, keys and values of x, normed and turned. */
    private record Projected(Heads q, Heads k, Heads v) {}

    private Projected project(float[] x, int position) {
        List<float[]> qkv = Linear.forward(x, List.of(query, key, value));
        finish(qkv.get(0), queryNorm, heads, position);
        finish(qkv.get(1), keyNorm, kvHeads, position);
        return new Projected(
                split(qkv.get(0), heads, query),
                split(qkv.get(1), kvHeads, key),
                split(qkv.get(2), kvHeads, value));
    }

    private void finish(float[] y, @Nullable RmsNorm norm, int heads, int position) {
        if (norm != null) {
            norm.apply(y);
        }
        if (positions != null) {
            positions.apply(y, heads, keyColumns(), position);
        }
    }

    /** {@code [heads, n, d]} of y {@code [n, heads · d]}, in place. */
    private static Heads split(float[] y, int heads, Linear projection) {
        int columns = projection.out() / heads;
        return Heads.interleaved(y.length / projection.out(), heads, columns, y);
    }

    /**
     * {@code ‖f(x_j)‖} for every token j, where {@code f(x) = (x W_V + b_V) W_O} is what a head
     * would add to a token that gave j all its attention. The output bias has no part in it
     * (Kobayashi et al. 2020, eq. 5). Where there is an output norm, f(x) is multiplied with its
     * weight, but not divided by the length of a row, which is the same for all tokens of it.
     *
     * @param values the values of this layer {@code [kvHeads, n, d_v]}
     */
    public double[] contributionNorms(KeyValueHeads values, int head) {
        return contributions.norms(values, head, head / (heads / kvHeads));
    }

    /**
     * {@code f(x_j)} for every token j, {@code [n][hidden]}, before the output norm, if there is
     * one: see {@link #contributionNorms}.
     *
     * @param values the values of this layer {@code [kvHeads, n, d_v]}
     */
    public float[][] contributions(KeyValueHeads values, int head) {
        return contributions.of(values, head, head / (heads / kvHeads));
    }

    /**
     * A head's own part of the output projection, {@code [hidden]}: its part of the concatenated
     * heads times its rows of W_O, without the bias, and before the output norm, if there is one.
     *
     * @param out what the head gives a token: {@code [d_v]}
     */
    public float[] projected(float[] out, int head) {
        return contributions.of(out, head);
    }

    /** The bias of the output projection: {@code [hidden]}. */
    public float[] outputBias() {
        return output.bias();
    }
}

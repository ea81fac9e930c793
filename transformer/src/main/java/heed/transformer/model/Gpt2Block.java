package heed.transformer.model;

import heed.attention.AttentionMask;
import heed.attention.KvCache;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.layer.Activation;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.Dropout;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.Linear;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.layer.ParameterGradients;
import heed.transformer.layer.RowRange;
import heed.transformer.layer.Sequences;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A block of GPT-2: {@code x ← x + attention(norm(x))}, {@code x ← x + feed-forward(norm(x))}.
 *
 * @param feedForward none in a model of attention alone
 */
record Gpt2Block(
        LayerNorm attentionNorm, MultiHeadAttention attention, @Nullable FeedForward feedForward) {

    /** {@code outer(activation(inner(norm(x))))}. */
    record FeedForward(LayerNorm norm, Linear inner, Linear outer, Activation activation) {}

    /** Where in a block something is dropped. */
    private static final int IN_ATTENTION = 0;

    private static final int AFTER_ATTENTION = 1;
    private static final int AFTER_FEED_FORWARD = 2;

    static Gpt2Block of(Gpt2Layers layers, Gpt2.Config config) throws CheckpointException {
        int hidden = config.hidden();
        int inner = config.intermediate();
        List<Linear> qkv = layers.at("attn.c_attn").parts(hidden, hidden, 3);
        return new Gpt2Block(
                layers.at("ln_1").norm(hidden, config.epsilon()),
                new MultiHeadAttention(
                        config.heads(),
                        qkv.get(0),
                        qkv.get(1),
                        qkv.get(2),
                        layers.at("attn.c_proj").linear(hidden, hidden)),
                inner == 0
                        ? null
                        : new FeedForward(
                                layers.at("ln_2").norm(hidden, config.epsilon()),
                                layers.at("mlp.c_fc").linear(hidden, inner),
                                layers.at("mlp.c_proj").linear(inner, hidden),
                                config.activation()));
    }

    /** Reads tokens that follow on those in the cache. */
    float[] forward(float[] x, KvCache cache, int layer, AttentionProbe probe) {
        probe.entering(layer, x);
        float[] y =
                attention.forward(
                        attentionNorm.normalized(x), cache, AttentionMask.causal(), layer, probe);
        Rows.add(y, x);
        if (feedForward == null) {
            return y;
        }
        float[] h =
                feedForward.inner.forward(feedForward.norm.normalized(y), feedForward.activation);
        float[] z = feedForward.outer.forward(h);
        Rows.add(z, y);
        return z;
    }

    /**
     * What a training pass keeps of a block, for up to so many tokens, {@code [n, hidden]} each.
     */
    final class Activations {
        /** What the block reads. */
        final float[] x;

        final LayerNorm.Saved attentionNorm;
        final MultiHeadAttention.Saved attention;
        final float[] attended;
        final LayerNorm.Saved feedForwardNorm;

        /** {@code [n, intermediate]}: before the activation. */
        final float[] inner;

        Activations(int tokens, int sequences) {
            int hidden = attention().features();
            int intermediate = feedForward == null ? 0 : feedForward.inner.out();
            int behindAttention = feedForward == null ? 0 : tokens;
            x = new float[tokens * hidden];
            attentionNorm = new LayerNorm.Saved(tokens);
            attention = attention().new Saved(tokens, sequences);
            attended = new float[behindAttention * hidden];
            feedForwardNorm = new LayerNorm.Saved(behindAttention);
            inner = new float[Math.multiplyExact(tokens, intermediate)];
        }
    }

    /**
     * What the passes of all blocks share: what the forward pass makes on the way and the backward
     * pass makes once more, and gradients.
     */
    final class Buffers {
        final float[] normed;
        final float[] attendedNormed;
        final float[] activated;

        /** What attention or the feed-forward layer gives, and the gradient of the latter. */
        final float[] branch;

        final float[] dAttention;
        final float[] dNormed;
        final float[] dAttendedNormed;
        final float[] dInner;
        final MultiHeadAttention.Gradients attention;

        Buffers(int tokens) {
            int hidden = attention().features();
            int intermediate = feedForward == null ? 0 : feedForward.inner.out();
            normed = new float[tokens * hidden];
            attendedNormed = new float[tokens * hidden];
            activated = new float[Math.multiplyExact(tokens, intermediate)];
            branch = new float[tokens * hidden];
            dAttention = new float[tokens * hidden];
            dNormed = new float[tokens * hidden];
            dAttendedNormed = new float[tokens * hidden];
            dInner = new float[activated.length];
            attention = attention().new Gradients(tokens);
        }
    }

    /**
     * A training pass of some sequences: reads {@code saved.x}.
     *
     * @param y {@code [n, hidden]}; overwritten in their rows
     */
    void forward(
            Sequences sequences, Dropout dropout, Activations saved, Buffers buffers, float[] y) {
        RowRange rows = sequences.rows();
        attentionNorm.forward(saved.x, rows, saved.attentionNorm, buffers.normed);
        attention.forward(
                buffers.normed,
                sequences,
                dropout.at(IN_ATTENTION),
                saved.attention,
                buffers.branch);
        float[] attended = feedForward == null ? y : saved.attended;
        addBranch(sequences, saved.x, buffers.branch, dropout.at(AFTER_ATTENTION), attended);
        if (feedForward == null) {
            return;
        }
        feedForward.norm.forward(attended, rows, saved.feedForwardNorm, buffers.attendedNormed);
        feedForward.inner.forward(
                buffers.attendedNormed,
                rows,
                feedForward.activation,
                saved.inner,
                buffers.activated);
        feedForward.outer.forward(buffers.activated, rows, buffers.branch);
        addBranch(sequences, attended, buffers.branch, dropout.at(AFTER_FEED_FORWARD), y);
    }

    /** {@code y = x + dropout(branch)}. */
    private void addBranch(
            Sequences sequences, float[] x, float[] branch, Dropout dropout, float[] y) {
        int elements = sequences.length() * attention.features();
        for (int s = sequences.first(); s < sequences.end(); s++) {
            dropout.at(s).addTo(x, branch, s * elements, elements, y);
        }
    }

    /**
     * The gradient of the training pass before by x, and those of what lies between.
     *
     * @param dx {@code [n, hidden]}: the gradient of y, which becomes that of x
     */
    void backward(
            Sequences sequences, Dropout dropout, Activations saved, Buffers buffers, float[] dx) {
        RowRange rows = sequences.rows();
        if (feedForward != null) {
            // y = attended + dropout(outer(activation(inner(norm(attended)))))
            splitBranch(sequences, dx, dropout.at(AFTER_FEED_FORWARD), buffers.branch);
            feedForward.outer.backward(
                    buffers.branch,
                    rows,
                    feedForward.activation,
                    saved.inner,
                    buffers.dInner,
                    buffers.activated);
            feedForward.inner.backward(buffers.dInner, rows, false, buffers.dAttendedNormed);
            feedForward.norm.backward(
                    saved.attended,
                    rows,
                    saved.feedForwardNorm,
                    buffers.dAttendedNormed,
                    dx,
                    buffers.attendedNormed);
        }
        // attended = x + dropout(attention(norm(x)))
        splitBranch(sequences, dx, dropout.at(AFTER_ATTENTION), buffers.dAttention);
        attention.backward(
                sequences, buffers.dAttention, saved.attention, buffers.attention, buffers.dNormed);
        attentionNorm.backward(
                saved.x, rows, saved.attentionNorm, buffers.dNormed, dx, buffers.normed);
    }

    /** {@code dbranch = dropout(dy)}: the other way of {@link #addBranch}. */
    private void splitBranch(Sequences sequences, float[] dy, Dropout dropout, float[] dBranch) {
        int elements = sequences.length() * attention.features();
        for (int s = sequences.first(); s < sequences.end(); s++) {
            dropout.at(s).apply(dy, s * elements, elements, dBranch);
        }
    }

    /**
     * What adds the gradients of the parameters to what is there, once the backward pass has been
     * through all {@code n} rows.
     */
    List<ParameterGradients> gradients(int n, Activations saved, Buffers buffers) {
        List<ParameterGradients> gradients = new ArrayList<>();
        if (feedForward != null) {
            gradients.add(feedForward.outer.gradients(buffers.activated, buffers.branch, n));
            gradients.add(feedForward.inner.gradients(buffers.attendedNormed, buffers.dInner, n));
        }
        gradients.addAll(
                attention.gradients(
                        buffers.normed, buffers.dAttention, n, saved.attention, buffers.attention));
        if (feedForward != null) {
            gradients.add(
                    feedForward.norm.gradients(
                            saved.attended, n, saved.feedForwardNorm, buffers.dAttendedNormed));
        }
        gradients.add(attentionNorm.gradients(saved.x, n, saved.attentionNorm, buffers.dNormed));
        return gradients;
    }

    /** All linear layers. */
    List<Linear> linears() {
        List<Linear> linears = new ArrayList<>(attention.projections());
        if (feedForward != null) {
            linears.add(feedForward.inner);
            linears.add(feedForward.outer);
        }
        return linears;
    }
}

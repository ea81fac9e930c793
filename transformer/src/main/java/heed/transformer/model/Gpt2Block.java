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
        Gpt2Layers.Names names = layers.names();
        int hidden = config.hidden();
        int inner = config.intermediate();
        List<Linear> qkv = layers.at(names.queryKeyValue()).parts(hidden, hidden, 3);
        return new Gpt2Block(
                layers.at(names.attentionNorm()).norm(hidden, config.epsilon()),
                new MultiHeadAttention(
                        config.heads(),
                        qkv.get(0),
                        qkv.get(1),
                        qkv.get(2),
                        layers.at(names.output()).linear(hidden, hidden)),
                inner == 0
                        ? null
                        : new FeedForward(
                                layers.at(names.feedForwardNorm()).norm(hidden, config.epsilon()),
                                layers.at(names.inner()).linear(hidden, inner),
                                layers.at(names.outer()).linear(inner, hidden),
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
        final float[] normed;
        final MultiHeadAttention.Saved attention;
        final float[] attended;
        final LayerNorm.Saved feedForwardNorm;
        final float[] attendedNormed;

        /** {@code [n, intermediate]}: before and after the activation. */
        final float[] inner;

        final float[] activated;

        Activations(int tokens, int sequences) {
            int hidden = attention().features();
            int intermediate = feedForward == null ? 0 : feedForward.inner.out();
            int behindAttention = feedForward == null ? 0 : tokens;
            x = new float[tokens * hidden];
            attentionNorm = new LayerNorm.Saved(tokens);
            normed = new float[tokens * hidden];
            attention = attention().new Saved(tokens, sequences);
            attended = new float[behindAttention * hidden];
            feedForwardNorm = new LayerNorm.Saved(behindAttention);
            attendedNormed = new float[behindAttention * hidden];
            inner = new float[Math.multiplyExact(tokens, intermediate)];
            activated = new float[inner.length];
        }
    }

    /**
     * What the passes of all blocks share: buffers of {@code [n, hidden]}, and one for the inside.
     */
    final class Buffers {
        final float[] branch;
        final float[] normed;
        final float[] inner;
        final MultiHeadAttention.Gradients attention;

        Buffers(int tokens) {
            int hidden = attention().features();
            int intermediate = feedForward == null ? 0 : feedForward.inner.out();
            branch = new float[tokens * hidden];
            normed = new float[tokens * hidden];
            inner = new float[Math.multiplyExact(tokens, intermediate)];
            attention = attention().new Gradients(tokens);
        }
    }

    /**
     * A training pass: reads {@code saved.x}.
     *
     * @param y {@code [n, hidden]}; overwritten
     */
    void forward(
            int sequences,
            int length,
            Dropout dropout,
            Activations saved,
            Buffers buffers,
            float[] y) {
        int n = sequences * length;
        int elements = n * attention.features();
        attentionNorm.forward(saved.x, n, saved.attentionNorm, saved.normed);
        attention.forward(
                saved.normed,
                sequences,
                length,
                dropout.at(IN_ATTENTION),
                saved.attention,
                buffers.branch);
        float[] attended = feedForward == null ? y : saved.attended;
        System.arraycopy(saved.x, 0, attended, 0, elements);
        dropout.at(AFTER_ATTENTION).addTo(attended, buffers.branch, elements);
        if (feedForward == null) {
            return;
        }
        feedForward.norm.forward(attended, n, saved.feedForwardNorm, saved.attendedNormed);
        feedForward.inner.forward(
                saved.attendedNormed, n, feedForward.activation, saved.inner, saved.activated);
        feedForward.outer.forward(saved.activated, n, buffers.branch);
        System.arraycopy(attended, 0, y, 0, elements);
        dropout.at(AFTER_FEED_FORWARD).addTo(y, buffers.branch, elements);
    }

    /**
     * The gradients of the training pass before.
     *
     * @param dx {@code [n, hidden]}: the gradient of y, which becomes that of x
     */
    void backward(
            int sequences,
            int length,
            Dropout dropout,
            Activations saved,
            Buffers buffers,
            float[] dx) {
        int n = sequences * length;
        int elements = n * attention.features();
        if (feedForward != null) {
            // y = attended + dropout(outer(activation(inner(norm(attended)))))
            float[] d = dropout.at(AFTER_FEED_FORWARD).gradient(dx, elements, buffers.branch);
            feedForward.outer.backward(
                    saved.activated, d, n, feedForward.activation, saved.inner, buffers.inner);
            feedForward.inner.backward(
                    saved.attendedNormed, buffers.inner, n, false, buffers.normed);
            feedForward.norm.backward(saved.attended, n, saved.feedForwardNorm, buffers.normed, dx);
        }
        // attended = x + dropout(attention(norm(x)))
        float[] d = dropout.at(AFTER_ATTENTION).gradient(dx, elements, buffers.branch);
        attention.backward(
                saved.normed,
                sequences,
                length,
                d,
                saved.attention,
                buffers.attention,
                buffers.normed);
        attentionNorm.backward(saved.x, n, saved.attentionNorm, buffers.normed, dx);
    }
}

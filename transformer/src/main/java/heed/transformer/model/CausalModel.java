package heed.transformer.model;

import heed.attention.KvCache;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.MultiHeadAttention;
import java.util.List;

/** A decoder: every token sees itself and those before it, and tells which one may follow. */
public sealed interface CausalModel permits Gpt2, Llama {
    /** Pieces that it knows. */
    int vocabulary();

    /** Tokens that it can read at most. */
    int positions();

    /** Attention heads of a layer. */
    int heads();

    /** The attention of every layer. */
    List<MultiHeadAttention> attention();

    /** Caches in float32 that remember nothing yet. */
    default LayerCaches newCaches() {
        return newCaches(0, KvCache.Storage.FLOAT32);
    }

    /**
     * Caches that remember nothing yet.
     *
     * @param capacity tokens to make room for at first; they grow by themselves
     */
    default LayerCaches newCaches(int capacity, KvCache.Storage storage) {
        return new LayerCaches(
                attention().stream().map(layer -> layer.newCache(capacity, storage)).toList());
    }

    /**
     * The last hidden states {@code [n, hidden]} of n tokens that follow on those in the caches, to
     * which they are added.
     *
     * @param ids their numbers in the vocabulary
     * @param probe sees the attention of every layer
     * @throws IllegalArgumentException if there are more tokens than positions, or an id is not in
     *     the vocabulary; the caches are as before
     */
    float[] forward(int[] ids, LayerCaches caches, AttentionProbe probe);

    /** Logits {@code [n, vocabulary]} of the token that follows on each of n hidden states. */
    float[] logits(float[] hidden);

    /** The logits of what follows on the last of the tokens: {@link #forward} and its last row. */
    default float[] nextLogits(int[] ids, LayerCaches caches, AttentionProbe probe) {
        float[] hidden = forward(ids, caches, probe);
        int features = hidden.length / ids.length;
        float[] last = new float[features];
        System.arraycopy(hidden, hidden.length - features, last, 0, features);
        return logits(last);
    }

    /** Refuses tokens that the model cannot read. */
    static void check(CausalModel model, int[] ids, LayerCaches caches) {
        if (ids.length == 0 || caches.length() + (long) ids.length > model.positions()) {
            throw new IllegalArgumentException(
                    "the model reads 1 to %d tokens, not %d"
                            .formatted(model.positions(), caches.length() + (long) ids.length));
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= model.vocabulary()) {
                throw new IllegalArgumentException(
                        "token %d has id %d, the vocabulary has ids 0 to %d"
                                .formatted(i, ids[i], model.vocabulary() - 1));
            }
        }
    }
}

package heed.transformer.model;

import heed.attention.KvCache;
import heed.transformer.layer.AttentionProbe;
import java.util.Arrays;
import java.util.function.Consumer;

/** A decoder: every token sees itself and those before it, and tells which one may follow. */
public sealed interface CausalModel extends TransformerModel permits Gpt2, Llama, GptNeoX, Gemma3 {
    /** Tokens that are read at a time. */
    int TILE = 128;

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

    /**
     * Reads tokens that follow on those in the caches, a tile at a time: what a pass keeps of each
     * token is the caches' alone.
     *
     * @param tile tokens of a pass; {@link #TILE} is a good number
     * @param hidden is given the last hidden states {@code [tile, hidden]} of each pass, in order
     * @throws IllegalArgumentException as {@link #forward}
     */
    default void read(
            int[] ids,
            int tile,
            LayerCaches caches,
            AttentionProbe probe,
            Consumer<float[]> hidden) {
        check(this, ids, caches);
        caches.expect(caches.length() + ids.length);
        for (int from = 0; from < ids.length; from += tile) {
            int[] pass = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + tile));
            hidden.accept(forward(pass, caches, probe));
        }
    }

    /** Whether it has an output layer; a model that was trained to make vectors may have none. */
    default boolean hasLogits() {
        return true;
    }

    /**
     * Logits {@code [n, vocabulary]} of the token that follows on each of n hidden states.
     *
     * @throws IllegalStateException if the model has no output layer
     */
    float[] logits(float[] hidden);

    /** The logits of what follows on the last of the tokens: {@link #read} and its last row. */
    default float[] nextLogits(int[] ids, int tile, LayerCaches caches, AttentionProbe probe) {
        float[][] last = {{}};
        read(ids, tile, caches, probe, hidden -> last[0] = hidden);
        int end = last[0].length;
        return logits(Arrays.copyOfRange(last[0], end - hidden(), end));
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

package heed.transformer.model;

import heed.attention.AttentionMask;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.LayerNorm;
import java.util.Optional;

/** An encoder: a token sees those before it and those behind it. */
public sealed interface Encoder extends TransformerModel
        permits Bert, Mpnet, ModernBert, Gemma3.Bidirectional {
    /** Kinds of tokens that it tells apart, or 0 if none. */
    int tokenTypes();

    /**
     * The norm around the sum of a layer's attention and what it read, if the model normalises
     * there and not before (post-norm).
     */
    Optional<LayerNorm> attentionNorm(int layer);

    /**
     * The last hidden states {@code [n, hidden]} of n tokens.
     *
     * @param ids their numbers in the vocabulary
     * @param probe sees the attention of every layer
     * @throws IllegalArgumentException if there are more tokens than positions, or an id is not in
     *     the vocabulary
     */
    default float[] forward(int[] ids, AttentionProbe probe) {
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
    default float[] forward(int[] ids, int[] lengths, AttentionProbe probe) {
        return forward(ids, new int[ids.length], lengths, probe);
    }

    /**
     * The same with tokens of several kinds: those of a second text are of another kind than those
     * of a first. A model that knows no kinds takes no heed of them.
     *
     * @param types the kind of each token
     * @throws IllegalArgumentException as above, or if a kind is not known
     */
    float[] forward(int[] ids, int[] types, int[] lengths, AttentionProbe probe);

    /** The mask of texts that are packed one behind the other: none sees another. */
    static AttentionMask within(int[] lengths) {
        return lengths.length == 1 ? AttentionMask.full() : AttentionMask.documents(lengths);
    }

    /** Refuses tokens that the model cannot read. */
    static void check(Encoder model, int[] ids, int[] types, int[] lengths) {
        long sum = 0;
        for (int length : lengths) {
            if (length < 1 || length > model.positions()) {
                throw new IllegalArgumentException(
                        "the model reads 1 to %d tokens, not %d"
                                .formatted(model.positions(), length));
            }
            sum += length;
        }
        if (sum != ids.length || lengths.length == 0) {
            throw new IllegalArgumentException(
                    "%d lengths, %d tokens in all, do not fit %d tokens"
                            .formatted(lengths.length, sum, ids.length));
        }
        if (types.length != ids.length) {
            throw new IllegalArgumentException(
                    "%d token types for %d tokens".formatted(types.length, ids.length));
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= model.vocabulary()) {
                throw new IllegalArgumentException(
                        "token %d has id %d, the vocabulary has ids 0 to %d"
                                .formatted(i, ids[i], model.vocabulary() - 1));
            }
            if (model.tokenTypes() > 0 && (types[i] < 0 || types[i] >= model.tokenTypes())) {
                throw new IllegalArgumentException(
                        "token %d is of type %d, the model has types 0 to %d"
                                .formatted(i, types[i], model.tokenTypes() - 1));
            }
        }
    }
}

package heed.microscope;

import heed.attention.AttentionInput;
import heed.attention.AttentionOutput;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;

/**
 * A model, what it read, and the attention that it paid.
 *
 * @param model stays the caller's to close
 */
public record ModelRun(PretrainedModel model, Tokens tokens, AttentionTrace trace) {
    private static final String WHAT = "reading";

    /**
     * A text as a model reads it.
     *
     * @throws QuestionException if even cutting it into tokens does not fit the memory
     */
    public static Tokens encode(PretrainedModel model, String text) {
        MemoryNeed.tokenizing(text)
                .check("cutting %,d chars into tokens".formatted(text.length()), "give less text");
        return model.tokenizer().encode(text);
    }

    /**
     * Two texts as an encoder reads them, as one input.
     *
     * @throws QuestionException if the model is a decoder, or even cutting them into tokens does
     *     not fit the memory
     */
    public static Tokens encode(PretrainedModel model, String first, String second) {
        if (model.isCausal()) {
            throw new QuestionException(
                    "a second text is for encoders, and %s is a decoder: put both into one text"
                            .formatted(model.name()));
        }
        MemoryNeed.tokenizing(first + second).check("cutting two texts into tokens", "give less");
        return model.tokenizer().encode(first, second);
    }

    /**
     * Has a model read.
     *
     * @param trace records it
     * @throws IllegalArgumentException if there are more tokens than the model reads
     */
    public static ModelRun of(
            PretrainedModel model, Tokens tokens, AttentionTrace trace, Listener listener) {
        model.read(tokens, new Counting(trace, model.attention().size(), tokens.size(), listener));
        return new ModelRun(model, tokens, trace);
    }

    /** Tells how many of all tokens × layers have been read. */
    private record Counting(AttentionTrace trace, int layers, int tokens, Listener listener)
            implements AttentionProbe {
        @Override
        public void entering(int layer, float[] x) {
            trace.entering(layer, x);
        }

        @Override
        public void attended(int layer, AttentionInput input, AttentionOutput output) {
            trace.attended(layer, input, output);
            int before = input.k().rows() - input.q().rows();
            long done = (long) before * layers + (long) input.q().rows() * (layer + 1);
            listener.done(WHAT, done, (long) tokens * layers);
        }
    }
}

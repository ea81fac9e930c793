package heed.transformer.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import heed.transformer.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A Hugging Face tokenizer, read from its {@code tokenizer.json}.
 *
 * <p>Padding and truncation that the file asks for are left out: a text becomes all of its pieces
 * and no more. The names of special tokens in a text, such as {@code [MASK]}, become those tokens.
 */
public final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "true", "padding", "false", "truncation", "false");

    private final HuggingFaceTokenizer tokenizer;

    private Tokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Opens a {@code tokenizer.json}.
     *
     * @throws CheckpointException if it is not one
     * @throws IOException if it cannot be read
     */
    public static Tokenizer open(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return read(stream, file.toString());
        }
    }

    /**
     * Reads a {@code tokenizer.json} from a stream.
     *
     * @param source what to call it in messages
     * @throws CheckpointException if it is not one
     * @throws IOException if it cannot be read
     */
    public static Tokenizer read(InputStream stream, String source) throws IOException {
        try {
            return new Tokenizer(HuggingFaceTokenizer.newInstance(stream, OPTIONS));
        } catch (RuntimeException e) {
            throw new CheckpointException(
                    "%s is not a tokenizer.json that can be used: %s"
                            .formatted(source, e.getMessage()),
                    e);
        }
    }

    /** The pieces of a text, with the special tokens that the model expects around them. */
    public Tokens encode(String text) {
        Encoding encoding = tokenizer.encode(text);
        long[] ids = encoding.getIds();
        String[] names = encoding.getTokens();
        long[] special = encoding.getSpecialTokenMask();
        CharSpan[] spans = encoding.getCharTokenSpans();
        int[] charIndex = charIndexOfCodePoints(text);
        List<Tokens.Piece> pieces = new ArrayList<>(ids.length);
        int end = 0;
        for (int i = 0; i < ids.length; i++) {
            CharSpan span = spans[i];
            int start = span == null ? end : charIndex[span.getStart()];
            end = span == null ? end : charIndex[span.getEnd()];
            pieces.add(
                    new Tokens.Piece(
                            Math.toIntExact(ids[i]),
                            names[i],
                            start,
                            end,
                            special[i] != 0
                                    || isSpecialName(names[i], text.substring(start, end))));
        }
        return new Tokens(text, pieces);
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    /**
     * A special token written out in the text keeps its bracketed name there, upper case and all.
     */
    private static boolean isSpecialName(String name, String written) {
        return name.equals(written) && name.matches("\\[[A-Z]+]");
    }

    /** The tokenizer counts code points; Java counts chars. */
    private static int[] charIndexOfCodePoints(String text) {
        int count = text.codePointCount(0, text.length());
        int[] index = new int[count + 1];
        for (int i = 0, at = 0; i < count; i++) {
            index[i] = at;
            at += Character.charCount(text.codePointAt(at));
        }
        index[count] = text.length();
        return index;
    }
}

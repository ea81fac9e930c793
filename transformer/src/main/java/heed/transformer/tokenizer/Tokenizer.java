package heed.transformer.tokenizer;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.ModelFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Hugging Face tokenizer, read from its {@code tokenizer.json} or made of the vocabulary that a
 * model has in its place. Any number of threads may use it.
 *
 * <p>Padding and truncation that the file asks for are left out: a text becomes all of its pieces
 * and no more. The names of special tokens in a text, such as {@code [MASK]}, become those tokens.
 *
 * <p>The library behind it is told by two system properties, {@code OPT_OUT_TRACKING} and {@code
 * RUST_FLAVOR}, unless they are set already, to report nothing over the network and to download
 * nothing for a graphics card.
 */
public final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "true", "padding", "false", "truncation", "false");

    private static final String BETWEEN_TEXTS = "\n";
    private static final char REPLACEMENT = '\uFFFD';

    static {
        System.getProperties().putIfAbsent("OPT_OUT_TRACKING", "true");
        System.getProperties().putIfAbsent("RUST_FLAVOR", "cpu");
    }

    private final HuggingFaceTokenizer tokenizer;

    private Tokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Opens a {@code tokenizer.json}; or the vocabulary of a model that has none: a {@code
     * vocab.txt}, which is WordPiece, or a {@code vocab.json} with its {@code merges.txt} beside
     * it, which is byte-level BPE. What {@code tokenizer_config.json}, {@code
     * special_tokens_map.json}, {@code added_tokens.json} and {@code config.json} beside a
     * vocabulary say is done; where they are silent, what is usual for BERT, RoBERTa, GPT-2 and
     * their like.
     *
     * @throws CheckpointException if it is neither, or of a kind that is not known
     * @throws IOException if it cannot be read
     */
    public static Tokenizer open(Path file) throws IOException {
        if (file.endsWith(ModelFolder.WORD_PIECES) || file.endsWith(ModelFolder.VOCABULARY)) {
            byte[] json = VocabularyTokenizer.json(file);
            return read(new ByteArrayInputStream(json), file.toString());
        }
        try (InputStream stream = Files.newInputStream(file)) {
            return read(stream, file.toString());
        }
    }

    /**
     * Reads a {@code tokenizer.json} from a stream.
     *
     * @param source what to call it in messages
     * @throws CheckpointException if it is not one
     * @throws IOException if it cannot be read, or the native library does not run here
     */
    public static Tokenizer read(InputStream stream, String source) throws IOException {
        // The library looks for files of its own jar through the loader of the calling thread,
        // which
        // on a thread of a pool need not be the one that has them.
        Thread thread = Thread.currentThread();
        ClassLoader ofThread = thread.getContextClassLoader();
        thread.setContextClassLoader(HuggingFaceTokenizer.class.getClassLoader());
        try {
            return new Tokenizer(HuggingFaceTokenizer.newInstance(stream, OPTIONS));
        } catch (EngineException | LinkageError e) {
            throw new IOException(
                    "the native tokenizers library does not run here: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw new CheckpointException(
                    "%s is not a tokenizer.json that can be used: %s"
                            .formatted(source, e.getMessage()),
                    e);
        } finally {
            thread.setContextClassLoader(ofThread);
        }
    }

    /**
     * The tokenizer that a GGUF file carries. Byte-level BPE ({@code tokenizer.ggml.model} gpt2)
     * cuts texts as {@code tokenizer.ggml.pre} says, and as GPT-2 where there is no such key;
     * SentencePiece BPE (llama) has its merges derived from the scores of its tokens.
     *
     * @throws CheckpointException if it has none, or one of another kind
     * @throws IOException if the native library does not run here
     */
    public static Tokenizer of(GgufFile file) throws IOException {
        return read(new ByteArrayInputStream(GgufTokenizer.json(file)), file.source());
    }

    /**
     * The pieces of a text, with the special tokens that the model expects around them. Half of a
     * surrogate pair is read as U+FFFD.
     */
    public Tokens encode(String text) {
        return encode(text, true);
    }

    /**
     * The pieces of a text.
     *
     * @param withSpecial whether the special tokens that the model expects are put around them;
     *     those that the text spells out are special anyway
     * @throws UnknownCharacterException if the vocabulary has no token for a character, and none
     *     for what is unknown
     */
    public Tokens encode(String text, boolean withSpecial) {
        String clean = withoutLoneSurrogates(text);
        try {
            return tokens(text, tokenizer.encode(clean, withSpecial, false), 0);
        } catch (RuntimeException e) {
            throw unknown(clean, e);
        }
    }

    /**
     * The pieces of two texts, with the special tokens that the model expects around and between
     * them. They make one text, with a line break between, of whose chars the pieces are.
     */
    public Tokens encode(String first, String second) {
        Encoding encoding =
                tokenizer.encode(
                        withoutLoneSurrogates(first), withoutLoneSurrogates(second), true, false);
        return tokens(first + BETWEEN_TEXTS + second, encoding, first.length() + 1);
    }

    /** A vocabulary without a token for what is unknown: names the first character that is. */
    private IllegalArgumentException unknown(String text, RuntimeException cause) {
        for (int character : text.codePoints().distinct().toArray()) {
            String one = Character.toString(character);
            try {
                var _ = tokenizer.encode(one, false, false);
            } catch (RuntimeException e) {
                return new UnknownCharacterException(one, e);
            }
        }
        return new IllegalArgumentException("the text cannot be cut into tokens", cause);
    }

    /**
     * @param second index in the text of the first char of a second one, or 0
     */
    private Tokens tokens(String text, Encoding encoding, int second) {
        long[] ids = encoding.getIds();
        String[] names = encoding.getTokens();
        long[] added = encoding.getSpecialTokenMask();
        long[] sequences = encoding.getSequenceIds();
        long[] types = encoding.getTypeIds();
        CharSpan[] spans = encoding.getCharTokenSpans();
        int[] charIndex = charIndexOfCodePoints(text);
        int secondInCodePoints = text.codePointCount(0, second);
        List<Tokens.Piece> pieces = new ArrayList<>(ids.length);
        int end = 0;
        for (int i = 0; i < ids.length; i++) {
            CharSpan span = spans[i];
            int from = sequences[i] == 1 ? secondInCodePoints : 0;
            int start = span == null ? end : charIndex[from + span.getStart()];
            end = span == null ? end : charIndex[from + span.getEnd()];
            boolean special =
                    added[i] != 0 || isSpecialAsWritten(ids[i], names[i], text, start, end);
            pieces.add(
                    new Tokens.Piece(
                            Math.toIntExact(ids[i]),
                            names[i],
                            start,
                            end,
                            special,
                            Math.toIntExact(types[i])));
        }
        return new Tokens(text, pieces);
    }

    /**
     * The text of pieces. Special tokens are left out; bytes that are no whole character become
     * U+FFFD.
     *
     * @param ids their numbers in the vocabulary
     */
    public String decode(int... ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
    }

    /**
     * Decodes pieces that come one at a time.
     *
     * @param before the numbers of the pieces that they follow on, if any: their text is not told
     */
    public StreamingDecoder streamingDecoder(int... before) {
        return new StreamingDecoder(this, before);
    }

    /**
     * How many numbers a {@code tokenizer.json} gives to tokens: one more than the highest.
     *
     * @param source what to call it in messages
     * @throws CheckpointException if it is none, or has no tokens
     */
    public static int vocabulary(byte[] json, String source) throws CheckpointException {
        try {
            JsonNode root = JsonMapper.shared().readTree(json);
            JsonNode tokens = root.path("model").path("vocab");
            int highest = tokens.isArray() ? tokens.size() - 1 : -1;
            for (JsonNode id : tokens.isObject() ? tokens : List.<JsonNode>of()) {
                highest = Math.max(highest, id.asInt(-1));
            }
            for (JsonNode added : root.path("added_tokens")) {
                highest = Math.max(highest, added.path("id").asInt(-1));
            }
            if (highest < 0) {
                throw new CheckpointException("%s has no tokens".formatted(source));
            }
            return highest + 1;
        } catch (JacksonException e) {
            throw new CheckpointException(
                    "%s is not JSON: %s".formatted(source, e.getOriginalMessage()), e);
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    /**
     * Whether a piece is a special token that the text itself spells out. The unknown token is one
     * only then, not where it stands for something else. Decoding leaves special tokens out.
     */
    private boolean isSpecialAsWritten(long id, String name, String text, int start, int end) {
        return end - start == name.length()
                && text.startsWith(name, start)
                && !Character.isLetterOrDigit(name.charAt(0))
                && tokenizer.decode(new long[] {id}, true).isEmpty();
    }

    /** The native library knows no char that is half of a pair. */
    private static String withoutLoneSurrogates(String text) {
        StringBuilder clean = new StringBuilder(text);
        for (int i = 0; i < clean.length(); i++) {
            int codePoint = clean.codePointAt(i);
            if (Character.isSupplementaryCodePoint(codePoint)) {
                i++;
            } else if (Character.isSurrogate((char) codePoint)) {
                clean.setCharAt(i, REPLACEMENT);
            }
        }
        return clean.toString();
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

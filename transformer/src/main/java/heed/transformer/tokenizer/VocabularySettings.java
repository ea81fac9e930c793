package heed.transformer.tokenizer;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the files beside a vocabulary say of its tokenizer: {@code tokenizer_config.json}, where it
 * is silent {@code special_tokens_map.json}; {@code added_tokens.json}; and the {@code model_type}
 * of {@code config.json}. Any of them may be missing.
 */
final class VocabularySettings {
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final String SPECIAL_TOKENS = "special_tokens_map.json";
    private static final String ADDED_TOKENS = "added_tokens.json";

    /** No file of a tokenizer is as large. */
    private static final long MAX_BYTES = 100_000_000;

    private final Path vocabulary;
    private final JsonNode config;
    private final JsonNode special;
    private final JsonNode added;
    private final JsonNode model;

    /**
     * A token that is taken out of a text before anything else is.
     *
     * @param content as it stands in a text
     * @param lstrip whether it takes the white space before it
     * @param rstrip whether it takes the white space behind it
     * @param singleWord whether it is none inside a word
     * @param normalized whether it is looked for in the normalised text
     * @param special whether decoding leaves it out
     */
    record Token(
            String content,
            boolean lstrip,
            boolean rstrip,
            boolean singleWord,
            boolean normalized,
            boolean special) {
        /** A special token that takes nothing of what is around it. */
        static Token special(String content) {
            return new Token(content, false, false, false, false, true);
        }

        /** The same, but that it takes the white space before it. */
        Token takingSpace() {
            return new Token(content, true, rstrip, singleWord, normalized, special);
        }
    }

    private VocabularySettings(Path vocabulary) throws IOException {
        this.vocabulary = vocabulary;
        config = read(vocabulary.resolveSibling(TOKENIZER_CONFIG));
        special = read(vocabulary.resolveSibling(SPECIAL_TOKENS));
        added = read(vocabulary.resolveSibling(ADDED_TOKENS));
        model = read(vocabulary.resolveSibling(ModelFolder.CONFIG));
    }

    /**
     * Reads the files beside a vocabulary.
     *
     * @throws CheckpointException if one is not a JSON object
     * @throws IOException if one cannot be read
     */
    static VocabularySettings beside(Path vocabulary) throws IOException {
        return new VocabularySettings(vocabulary);
    }

    private static JsonNode read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return JsonMapper.shared().createObjectNode();
        }
        return object(file);
    }

    /**
     * A JSON object.
     *
     * @throws CheckpointException if the file holds none
     * @throws IOException if it cannot be read
     */
    static JsonNode object(Path file) throws IOException {
        try {
            JsonNode json = JsonMapper.shared().readTree(bytes(file));
            if (!json.isObject()) {
                throw new CheckpointException("%s is not a JSON object".formatted(file));
            }
            return json;
        } catch (JacksonException e) {
            throw new CheckpointException(
                    "%s is not JSON: %s".formatted(file, e.getOriginalMessage()), e);
        }
    }

    /** All of a file, which has no more than what a tokenizer can need. */
    static byte[] bytes(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new CheckpointException(
                    "%s has %d bytes, more than the %d that a file of a tokenizer may have"
                            .formatted(file, size, MAX_BYTES));
        }
        return Files.readAllBytes(file);
    }

    /** The {@code model_type}, or the empty text. */
    String modelType() {
        return model.path("model_type").asString("");
    }

    /** The {@code tokenizer_class} as its slow form is called, or the empty text. */
    String tokenizerClass() {
        return config.path("tokenizer_class").asString("").replaceFirst("Fast$", "");
    }

    /** True or false, if there is such a setting that is not null. */
    Optional<Boolean> flag(String key) throws CheckpointException {
        JsonNode value = config.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isBoolean()) {
            throw refused(TOKENIZER_CONFIG, "%s should be true or false, not %s", key, value);
        }
        return Optional.of(value.booleanValue());
    }

    boolean flag(String key, boolean absent) throws CheckpointException {
        return flag(key).orElse(absent);
    }

    /** A special token, if one is named. */
    Optional<Token> token(String key) throws CheckpointException {
        for (JsonNode settings : List.of(config, special)) {
            if (settings.hasNonNull(key)) {
                return Optional.of(token(key, settings.path(key), true));
            }
        }
        return Optional.empty();
    }

    /** The special tokens that have no role. */
    List<Token> additional() throws CheckpointException {
        String key = "additional_special_tokens";
        JsonNode list = config.hasNonNull(key) ? config.path(key) : special.path(key);
        List<Token> tokens = new ArrayList<>();
        for (JsonNode node : list) {
            tokens.add(token(key, node, true));
        }
        return tokens;
    }

    /** The tokens that are given numbers beside the vocabulary, by these. */
    Map<Integer, Token> added() throws CheckpointException {
        Map<Integer, Token> tokens = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : added.properties()) {
            tokens.put(
                    number(ADDED_TOKENS, entry.getKey(), entry.getValue().asString("")),
                    new Token(entry.getKey(), false, false, false, true, false));
        }
        String key = "added_tokens_decoder";
        for (Map.Entry<String, JsonNode> entry : config.path(key).properties()) {
            tokens.put(
                    number(TOKENIZER_CONFIG, key, entry.getKey()),
                    token(key, entry.getValue(), false));
        }
        return tokens;
    }

    private int number(String file, String key, String number) throws CheckpointException {
        if (!number.matches("[0-9]{1,9}")) {
            throw refused(file, "%s has the number '%s'", key, number);
        }
        return Integer.parseInt(number);
    }

    /** A text, or an object with the text as its {@code content}. */
    private Token token(String key, JsonNode node, boolean isSpecial) throws CheckpointException {
        String content = (node.isObject() ? node.path("content") : node).asString("");
        if (content.isEmpty()) {
            throw refused(TOKENIZER_CONFIG, "%s should be a token, not %s", key, node);
        }
        return new Token(
                content,
                node.path("lstrip").asBoolean(false),
                node.path("rstrip").asBoolean(false),
                node.path("single_word").asBoolean(false),
                node.path("normalized").asBoolean(false),
                node.path("special").asBoolean(isSpecial));
    }

    private CheckpointException refused(String file, String why, Object... arguments) {
        return new CheckpointException(
                "%s: %s".formatted(vocabulary.resolveSibling(file), why.formatted(arguments)));
    }
}

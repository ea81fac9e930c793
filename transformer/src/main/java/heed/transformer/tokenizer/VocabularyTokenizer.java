package heed.transformer.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.tokenizer.VocabularySettings.Token;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns the vocabulary of a model that has no {@code tokenizer.json} into one.
 *
 * <p>A {@code vocab.txt} is WordPiece, a token a line; a {@code vocab.json} with its {@code
 * merges.txt} is byte-level BPE. How texts are normalised and cut, and what is put around them, is
 * that of the {@link TokenizerFamily}, but for what {@link VocabularySettings} say.
 */
final class VocabularyTokenizer {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** The roles of special tokens, in the order in which those without a number get theirs. */
    private static final List<String> ROLES =
            List.of("bos", "eos", "unk", "sep", "pad", "cls", "mask");

    private final Path file;
    private final VocabularySettings settings;
    private final TokenizerFamily family;
    private final Map<String, Integer> vocabulary;

    /** Tokens that are taken out of a text before anything else is, by their numbers. */
    private final Map<Integer, Token> added = new TreeMap<>();

    /** The numbers of all tokens. */
    private final Map<String, Integer> ids = new HashMap<>();

    private final Map<String, Token> roles = new HashMap<>();

    /** The number of the next token that is added. */
    private int next;

    private VocabularyTokenizer(Path file, boolean wordPiece) throws IOException {
        this.file = file;
        settings = VocabularySettings.beside(file);
        try {
            family = TokenizerFamily.of(settings.tokenizerClass(), settings.modelType(), wordPiece);
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
        vocabulary = wordPiece ? lines(file) : numbers(file);
        if (vocabulary.isEmpty()) {
            throw refused("it has no tokens");
        }
        ids.putAll(vocabulary);
        next = vocabulary.size();
        addTokens();
    }

    /**
     * The bytes of a {@code tokenizer.json}.
     *
     * @param file a {@code vocab.txt}, or a {@code vocab.json} with its {@code merges.txt} beside
     *     it
     * @throws CheckpointException if the files cannot be used, or are of a kind that is not known
     * @throws IOException if they cannot be read
     */
    static byte[] json(Path file) throws IOException {
        boolean wordPiece = file.endsWith(ModelFolder.WORD_PIECES);
        VocabularyTokenizer tokenizer = new VocabularyTokenizer(file, wordPiece);
        ObjectNode json = JSON.objectNode();
        json.put("version", "1.0");
        json.putNull("truncation");
        json.putNull("padding");
        json.set("added_tokens", tokenizer.addedTokens());
        if (wordPiece) {
            tokenizer.wordPiece(json);
        } else {
            tokenizer.byteLevel(json);
        }
        return JsonMapper.shared().writeValueAsBytes(json);
    }

    private void wordPiece(ObjectNode json) throws CheckpointException {
        ObjectNode normalizer = type("BertNormalizer");
        normalizer.put("clean_text", true);
        normalizer.put("handle_chinese_chars", settings.flag("tokenize_chinese_chars", true));
        Optional<Boolean> strip = settings.flag("strip_accents");
        normalizer.set(
                "strip_accents", strip.isEmpty() ? JSON.nullNode() : JSON.booleanNode(strip.get()));
        normalizer.put("lowercase", settings.flag("do_lower_case", true));
        json.set("normalizer", normalizer);
        json.set("pre_tokenizer", type("BertPreTokenizer"));
        json.set(
                "post_processor",
                family == TokenizerFamily.MPNET
                        ? ends("RobertaProcessing")
                                .put("trim_offsets", true)
                                .put("add_prefix_space", false)
                        : ends("BertProcessing"));
        json.set("decoder", type("WordPiece").put("prefix", "##").put("cleanup", true));
        ObjectNode model = model("WordPiece");
        model.put("unk_token", role("unk").content());
        model.put("continuing_subword_prefix", "##");
        model.put("max_input_chars_per_word", 100);
        json.set("model", model);
    }

    private void byteLevel(ObjectNode json) throws IOException {
        boolean prefix = settings.flag("add_prefix_space", false);
        boolean qwen = family == TokenizerFamily.QWEN2;
        json.set("normalizer", qwen ? type("NFC") : JSON.nullNode());
        json.set("pre_tokenizer", (qwen ? PreTokenizer.QWEN2 : PreTokenizer.GPT2).json(prefix));
        if (family == TokenizerFamily.ROBERTA) {
            json.set(
                    "post_processor",
                    ends("RobertaProcessing")
                            .put("trim_offsets", settings.flag("trim_offsets", true))
                            .put("add_prefix_space", prefix));
        } else {
            json.set(
                    "post_processor",
                    settings.flag("add_bos_token", false) ? beginning() : JSON.nullNode());
        }
        json.set("decoder", PreTokenizer.byteLevel(false, true));
        ObjectNode model = model("BPE");
        ArrayNode merges = model.putArray("merges");
        for (Merges.Pair pair : merges()) {
            merges.addArray().add(pair.left()).add(pair.right());
        }
        json.set("model", model);
    }

    private ObjectNode model(String type) {
        ObjectNode model = type(type);
        ObjectNode tokens = model.putObject("vocab");
        vocabulary.forEach(tokens::put);
        return model;
    }

    /** A step that puts a token before a text and one behind it, or between two. */
    private ObjectNode ends(String type) throws CheckpointException {
        ObjectNode ends = type(type);
        ends.putArray("sep").add(role("sep").content()).add(numberOf(role("sep")));
        ends.putArray("cls").add(role("cls").content()).add(numberOf(role("cls")));
        return ends;
    }

    /** A step that puts a token before every text. */
    private ObjectNode beginning() throws CheckpointException {
        Token bos = role("bos");
        ObjectNode template = type("TemplateProcessing");
        ArrayNode single = template.putArray("single");
        ArrayNode pair = template.putArray("pair");
        for (String sequence : List.of("A", "B")) {
            for (ArrayNode to : sequence.equals("A") ? List.of(single, pair) : List.of(pair)) {
                to.addObject().putObject("SpecialToken").put("id", bos.content()).put("type_id", 0);
                to.addObject().putObject("Sequence").put("id", sequence).put("type_id", 0);
            }
        }
        ObjectNode special = template.putObject("special_tokens").putObject(bos.content());
        special.put("id", bos.content());
        special.putArray("ids").add(numberOf(bos));
        special.putArray("tokens").add(bos.content());
        return template;
    }

    private ArrayNode addedTokens() {
        ArrayNode tokens = JSON.arrayNode();
        added.forEach(
                (id, token) ->
                        tokens.addObject()
                                .put("id", id)
                                .put("content", token.content())
                                .put("single_word", token.singleWord())
                                .put("lstrip", token.lstrip())
                                .put("rstrip", token.rstrip())
                                .put("normalized", token.normalized())
                                .put("special", token.special()));
        return tokens;
    }

    /**
     * Gives every added token its number: that of the vocabulary or of the settings, or the next
     * for a special token that has none. A usual one that the vocabulary lacks is left out.
     */
    private void addTokens() throws CheckpointException {
        for (Map.Entry<Integer, Token> entry : settings.added().entrySet()) {
            int id = add(entry.getValue());
            if (id != entry.getKey()) {
                throw refused(
                        "the token '%s' has number %d in the files beside it, where %d is due"
                                .formatted(entry.getValue().content(), entry.getKey(), id));
            }
        }
        for (String role : ROLES) {
            Optional<Token> named = settings.token(role + "_token");
            Token token = named.orElse(Token.special(family.special(role)));
            if (named.isPresent() || ids.containsKey(token.content())) {
                roles.put(role, token);
                add(role.equals("mask") && family.maskTakesSpace() ? token.takingSpace() : token);
            }
        }
        for (Token token : settings.additional()) {
            add(token);
        }
    }

    private int add(Token token) {
        int id = ids.computeIfAbsent(token.content(), _ -> next);
        next = Math.max(next, id + 1);
        added.merge(id, token, (known, now) -> known.special() ? known : now);
        return id;
    }

    private Token role(String role) throws CheckpointException {
        Token token = roles.get(role);
        if (token == null) {
            throw refused(
                    "it has no token '%s', and no file beside it names another %s_token"
                            .formatted(family.special(role), role));
        }
        return token;
    }

    private int numberOf(Token token) {
        return ids.getOrDefault(token.content(), 0);
    }

    /** A token a line; of two that are the same, the last counts. */
    private static Map<String, Integer> lines(Path file) throws IOException {
        Map<String, Integer> tokens = new LinkedHashMap<>();
        int id = 0;
        for (String line : text(file)) {
            tokens.put(line, id++);
        }
        return tokens;
    }

    private static Map<String, Integer> numbers(Path file) throws IOException {
        Map<String, Integer> tokens = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : VocabularySettings.object(file).properties()) {
            JsonNode id = entry.getValue();
            if (!id.canConvertToInt() || id.intValue() < 0) {
                throw new CheckpointException(
                        "%s: the token '%s' has number %s".formatted(file, entry.getKey(), id));
            }
            tokens.put(entry.getKey(), id.intValue());
        }
        return tokens;
    }

    private List<Merges.Pair> merges() throws IOException {
        Path merges = file.resolveSibling(ModelFolder.MERGES);
        List<String> lines =
                text(merges).stream()
                        .filter(line -> !line.isEmpty() && !line.startsWith("#version"))
                        .toList();
        try {
            return Merges.of(lines, List.copyOf(vocabulary.keySet()));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("%s: %s".formatted(merges, e.getMessage()), e);
        }
    }

    private static List<String> text(Path file) throws IOException {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(VocabularySettings.bytes(file));
            String text = UTF_8.newDecoder().decode(bytes).toString();
            return new BufferedReader(new StringReader(text)).lines().toList();
        } catch (CharacterCodingException e) {
            throw new CheckpointException("%s is not text in UTF-8".formatted(file), e);
        }
    }

    private static ObjectNode type(String type) {
        return JSON.objectNode().put("type", type);
    }

    private CheckpointException refused(@Nullable String why) {
        return new CheckpointException("%s: %s".formatted(file, why));
    }
}

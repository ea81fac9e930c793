package heed.transformer.tokenizer;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.GgufMetadata;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns the vocabulary of a GGUF file into the {@code tokenizer.json} that it was made of.
 *
 * <p>{@code tokenizer.ggml.model} is {@code gpt2} for byte-level BPE, with merges, and {@code
 * llama} for SentencePiece BPE, with scores: what is merged first is what has the highest score.
 * The token's types (1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte) say which
 * are special, and which are taken out of a text before anything else is.
 */
final class GgufTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final String source;
    private final GgufMetadata metadata;
    private final List<String> tokens;
    private final long @Nullable [] types;

    private GgufTokenizer(GgufFile file) throws CheckpointException {
        source = file.source();
        metadata = file.metadata();
        tokens =
                metadata.strings(PREFIX + "tokens")
                        .orElseThrow(() -> refused("it has no " + PREFIX + "tokens"));
        types = metadata.integers(PREFIX + "token_type").orElse(null);
        if (types != null && types.length != tokens.size()) {
            throw refused(
                    "it has %d tokens, but the types of %d".formatted(tokens.size(), types.length));
        }
    }

    /**
     * The bytes of a {@code tokenizer.json}.
     *
     * @throws CheckpointException if the file has no tokenizer, or one of another kind
     */
    static byte[] json(GgufFile file) throws CheckpointException {
        return new JsonMapper().writeValueAsBytes(new GgufTokenizer(file).json());
    }

    private ObjectNode json() throws CheckpointException {
        String model =
                metadata.string(PREFIX + "model")
                        .orElseThrow(() -> refused("it has no " + PREFIX + "model"));
        return switch (model) {
            case "gpt2" -> byteLevel();
            case "llama" -> sentencePiece();
            default ->
                    throw refused(
                            "%smodel is %s: only gpt2 and llama can be read"
                                    .formatted(PREFIX, model));
        };
    }

    private ObjectNode byteLevel() throws CheckpointException {
        String name = metadata.string(PREFIX + "pre").orElse("default");
        PreTokenizer pre =
                PreTokenizer.of(name)
                        .orElseThrow(
                                () ->
                                        refused(
                                                "%spre is %s: only %s can be read"
                                                        .formatted(
                                                                PREFIX,
                                                                name,
                                                                PreTokenizer.names())));
        ObjectNode model = bpe();
        model.put("ignore_merges", pre == PreTokenizer.LLAMA3);
        ArrayNode merges = model.putArray("merges");
        for (Merges.Pair pair : mergesOfFile()) {
            merges.addArray().add(pair.left()).add(pair.right());
        }
        ObjectNode json = tokenizer(model, pre == PreTokenizer.LLAMA3);
        json.set("normalizer", pre == PreTokenizer.QWEN2 ? type("NFC") : JSON.nullNode());
        json.set("pre_tokenizer", pre.json(flag("add_space_prefix", false)));
        json.set("decoder", PreTokenizer.byteLevel(false, true));
        return json;
    }

    private ObjectNode sentencePiece() throws CheckpointException {
        ObjectNode model = bpe();
        model.put("byte_fallback", true);
        model.put("fuse_unk", true);
        OptionalLong unknown = id("unknown_token_id");
        if (unknown.isPresent()) {
            model.put("unk_token", tokens.get((int) unknown.getAsLong()));
        }
        ArrayNode merges = model.putArray("merges");
        for (Merges.Pair pair :
                metadata.keys().contains(PREFIX + "merges") ? mergesOfFile() : mergesOfScores()) {
            merges.addArray().add(pair.left()).add(pair.right());
        }
        boolean prefix = flag("add_space_prefix", true);
        ObjectNode json = tokenizer(model, true);

        ArrayNode normalizers = JSON.arrayNode();
        if (prefix) {
            normalizers.add(type("Prepend").put("prepend", "▁"));
        }
        normalizers.add(replace(" ", "▁"));
        json.set("normalizer", type("Sequence").set("normalizers", normalizers));
        json.putNull("pre_tokenizer");

        ArrayNode decoders = JSON.arrayNode();
        decoders.add(replace("▁", " ")).add(type("ByteFallback")).add(type("Fuse"));
        if (prefix) {
            decoders.add(type("Strip").put("content", " ").put("start", 1).put("stop", 0));
        }
        json.set("decoder", type("Sequence").set("decoders", decoders));
        return json;
    }

    private List<Merges.Pair> mergesOfFile() throws CheckpointException {
        List<String> merges =
                metadata.strings(PREFIX + "merges")
                        .orElseThrow(() -> refused("it has no " + PREFIX + "merges"));
        try {
            return Merges.of(merges, tokens);
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
    }

    private List<Merges.Pair> mergesOfScores() throws CheckpointException {
        double[] scores =
                metadata.floatings(PREFIX + "scores")
                        .orElseThrow(() -> refused("it has no " + PREFIX + "scores"));
        try {
            return Merges.ofScores(tokens, scores);
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
    }

    /** A BPE model without its merges. Of two tokens that are the same, the last counts. */
    private ObjectNode bpe() {
        ObjectNode model = type("BPE");
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        return model;
    }

    private ObjectNode tokenizer(ObjectNode model, boolean addsBos) throws CheckpointException {
        ObjectNode json = JSON.objectNode();
        json.put("version", "1.0");
        json.putNull("truncation");
        json.putNull("padding");
        json.set("added_tokens", addedTokens());
        json.set("post_processor", template(addsBos));
        json.set("model", model);
        return json;
    }

    private ArrayNode addedTokens() throws CheckpointException {
        OptionalLong bos = id("bos_token_id");
        OptionalLong eos = id("eos_token_id");
        ArrayNode added = JSON.arrayNode();
        for (int id = 0; id < tokens.size(); id++) {
            long type = types == null ? 0 : types[id];
            boolean special =
                    type == UNKNOWN
                            || type == CONTROL
                            || (bos.isPresent() && bos.getAsLong() == id)
                            || (eos.isPresent() && eos.getAsLong() == id);
            if ((special || type == USER_DEFINED) && !tokens.get(id).isEmpty()) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", special);
            }
        }
        return added;
    }

    /** What is put around a text. */
    private ObjectNode template(boolean addsBos) throws CheckpointException {
        ArrayNode single = JSON.arrayNode();
        ArrayNode pair = JSON.arrayNode();
        ObjectNode special = JSON.objectNode();
        boolean bos = flag("add_bos_token", addsBos && id("bos_token_id").isPresent());
        boolean eos = flag("add_eos_token", false);
        for (String sequence : List.of("A", "B")) {
            for (ArrayNode to : sequence.equals("A") ? List.of(single, pair) : List.of(pair)) {
                if (bos) {
                    to.add(around("bos_token_id", special));
                }
                ObjectNode text = JSON.objectNode();
                text.putObject("Sequence").put("id", sequence).put("type_id", 0);
                to.add(text);
                if (eos) {
                    to.add(around("eos_token_id", special));
                }
            }
        }
        ObjectNode template = type("TemplateProcessing");
        template.set("single", single);
        template.set("pair", pair);
        template.set("special_tokens", special);
        return template;
    }

    private ObjectNode around(String key, ObjectNode special) throws CheckpointException {
        OptionalLong id = id(key);
        if (id.isEmpty()) {
            throw refused("it has no %s%s".formatted(PREFIX, key));
        }
        String token = tokens.get((int) id.getAsLong());
        ObjectNode entry = special.putObject(token).put("id", token);
        entry.putArray("ids").add(id.getAsLong());
        entry.putArray("tokens").add(token);
        ObjectNode piece = JSON.objectNode();
        piece.putObject("SpecialToken").put("id", token).put("type_id", 0);
        return piece;
    }

    private boolean flag(String key, boolean otherwise) throws CheckpointException {
        return metadata.bool(PREFIX + key).orElse(otherwise);
    }

    /** The number of a token, which is one of the vocabulary. */
    private OptionalLong id(String key) throws CheckpointException {
        OptionalLong id = metadata.integer(PREFIX + key);
        if (id.isPresent() && (id.getAsLong() < 0 || id.getAsLong() >= tokens.size())) {
            throw refused(
                    "%s%s is %d, which is none of its %d tokens"
                            .formatted(PREFIX, key, id.getAsLong(), tokens.size()));
        }
        return id;
    }

    private static ObjectNode type(String type) {
        return JSON.objectNode().put("type", type);
    }

    private static ObjectNode replace(String from, String to) {
        ObjectNode replace = type("Replace");
        replace.putObject("pattern").put("String", from);
        return replace.put("content", to);
    }

    private CheckpointException refused(@Nullable String why) {
        return new CheckpointException("%s: %s".formatted(source, why));
    }
}

package heed.transformer.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a text is cut before byte-level BPE, which merges nothing across a cut: what {@code
 * tokenizer.ggml.pre} names.
 */
enum PreTokenizer {
    /** GPT-2's own expression, which is also taken where a file names none. */
    GPT2("default gpt-2 phi-2 mpt olmo", ""),

    /** Every digit apart, then as GPT-2. */
    DIGITS("smollm starcoder refact codeshell command-r", ""),

    /** Digits by threes. A text that is a token as it stands becomes that token. */
    LLAMA3("llama-bpe llama3 llama-v3", PreTokenizer.split("\\p{N}{1,3}")),

    /** Digits apart. Texts are normalised to NFC. */
    QWEN2("qwen2 deepseek-r1-qwen", PreTokenizer.split("\\p{N}"));

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** What files call it, with spaces between. */
    private final String names;

    private final String expression;

    PreTokenizer(String names, String expression) {
        this.names = names;
        this.expression = expression;
    }

    /** The one with a name in a GGUF file. */
    static Optional<PreTokenizer> of(String name) {
        return Arrays.stream(values())
                .filter(pre -> List.of(pre.names.split(" ")).contains(name))
                .findFirst();
    }

    /** All names. */
    static String names() {
        return Arrays.stream(values())
                .map(pre -> pre.names.replace(" ", ", "))
                .collect(Collectors.joining(", "));
    }

    /**
     * Its part of a {@code tokenizer.json}.
     *
     * @param prefix whether a text gets a space before it
     */
    ObjectNode json(boolean prefix) {
        ObjectNode sequence = JSON.objectNode().put("type", "Sequence");
        switch (this) {
            case GPT2 -> {
                return byteLevel(prefix, true);
            }
            case DIGITS ->
                    sequence.putArray("pretokenizers")
                            .add(
                                    JSON.objectNode()
                                            .put("type", "Digits")
                                            .put("individual_digits", true))
                            .add(byteLevel(prefix, true));
            case LLAMA3, QWEN2 -> {
                ObjectNode split = JSON.objectNode().put("type", "Split");
                split.putObject("pattern").put("Regex", expression);
                split.put("behavior", "Isolated").put("invert", false);
                sequence.putArray("pretokenizers").add(split).add(byteLevel(prefix, false));
            }
        }
        return sequence;
    }

    /**
     * The step that writes bytes as characters.
     *
     * @param cut whether it cuts by GPT-2's expression before
     */
    static ObjectNode byteLevel(boolean prefix, boolean cut) {
        return JSON.objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", prefix)
                .put("trim_offsets", true)
                .put("use_regex", cut);
    }

    /**
     * Contractions; letters with one sign before them; digits as given; signs with a space before
     * and line breaks behind them; white space up to a line break; white space but for its last,
     * which goes to the word behind it.
     */
    private static String split(String digits) {
        return String.join(
                "|",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
                "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+",
                digits,
                " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*",
                "\\s*[\\r\\n]+",
                "\\s+(?!\\S)",
                "\\s+");
    }
}

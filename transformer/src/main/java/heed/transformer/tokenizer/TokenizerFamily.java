package heed.transformer.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The tokenizers whose {@code tokenizer.json} is known but for their vocabulary. */
enum TokenizerFamily {
    /** WordPiece (Devlin et al. 2019): {@code [CLS] A [SEP] B [SEP]}. */
    BERT(
            true,
            "bert distilbert electra",
            "BertTokenizer DistilBertTokenizer ElectraTokenizer",
            "unk [UNK] sep [SEP] pad [PAD] cls [CLS] mask [MASK]"),

    /** WordPiece with the special tokens of RoBERTa. */
    MPNET(
            true,
            "mpnet",
            "MPNetTokenizer",
            "bos <s> eos </s> unk [UNK] sep </s> pad <pad> cls <s> mask <mask>"),

    /** Byte-level BPE (Liu et al. 2019): {@code <s> A </s> </s> B </s>}. */
    ROBERTA(
            false,
            "roberta",
            "RobertaTokenizer",
            "bos <s> eos </s> unk <unk> sep </s> pad <pad> cls <s> mask <mask>"),

    /** Byte-level BPE (Radford et al. 2019), with nothing around a text. */
    GPT2(false, "gpt2", "GPT2Tokenizer", "bos <|endoftext|> eos <|endoftext|> unk <|endoftext|>"),

    /** Byte-level BPE of texts in NFC, every digit apart, with nothing around a text. */
    QWEN2(
            false,
            "qwen2 qwen3",
            "Qwen2Tokenizer",
            "eos <|endoftext|> unk <|endoftext|> pad <|endoftext|>");

    /** What settings have where they name no class, or one that may be of any family. */
    private static final List<String> ANY_CLASS =
            List.of("", "PreTrainedTokenizer", "TokenizersBackend");

    private final boolean wordPiece;

    /** Names with spaces between. */
    private final String modelTypes;

    private final String classes;

    /** Roles, each with its token. */
    private final String special;

    TokenizerFamily(boolean wordPiece, String modelTypes, String classes, String special) {
        this.wordPiece = wordPiece;
        this.modelTypes = modelTypes;
        this.classes = classes;
        this.special = special;
    }

    /**
     * The family that the class of a tokenizer or the type of a model names; BERT or GPT-2 if there
     * is neither.
     *
     * @param wordPiece whether the vocabulary is a {@code vocab.txt}, not a {@code vocab.json}
     * @throws IllegalArgumentException if one is named that is not known
     */
    static TokenizerFamily of(String tokenizerClass, String modelType, boolean wordPiece) {
        TokenizerFamily ofType =
                modelType.isEmpty()
                        ? wordPiece ? BERT : GPT2
                        : known("model_type", modelType, wordPiece, family -> family.modelTypes);
        return ANY_CLASS.contains(tokenizerClass)
                ? ofType
                : known("tokenizer_class", tokenizerClass, wordPiece, family -> family.classes);
    }

    private static TokenizerFamily known(
            String key, String name, boolean wordPiece, Function<TokenizerFamily, String> names) {
        List<TokenizerFamily> families =
                Arrays.stream(values()).filter(family -> family.wordPiece == wordPiece).toList();
        return families.stream()
                .filter(family -> List.of(names.apply(family).split(" ")).contains(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "%s is %s: without a tokenizer.json, only %s can be read"
                                                .formatted(key, name, names(families, names))));
    }

    private static String names(
            List<TokenizerFamily> families, Function<TokenizerFamily, String> names) {
        return families.stream()
                .map(names)
                .map(all -> all.replace(" ", ", "))
                .collect(Collectors.joining(", "));
    }

    /**
     * The token that has a role in a model whose files name none, or the empty text.
     *
     * @param role {@code bos}, {@code eos}, {@code unk}, {@code sep}, {@code pad}, {@code cls} or
     *     {@code mask}
     */
    String special(String role) {
        List<String> words = List.of(special.split(" "));
        int at = words.indexOf(role);
        return at < 0 ? "" : words.get(at + 1);
    }

    /** Whether the mask takes the white space before it, as a word with its space would. */
    boolean maskTakesSpace() {
        return this == ROBERTA || this == MPNET;
    }
}

package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.checkpoint.TensorNames;
import heed.transformer.checkpoint.Weights;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Opens encoders. */
public final class Encoders {
    /** The families, by their {@code model_type}. */
    static final List<String> TYPES =
            List.of(
                    "bert",
                    "roberta",
                    "xlm-roberta",
                    "camembert",
                    "distilbert",
                    "mpnet",
                    "modernbert",
                    "gemma3_text");

    /** What stands before all names where the encoder is a part of a larger model. */
    private static final List<String> PREFIXES =
            List.of("bert", "roberta", "distilbert", "mpnet", "model");

    private static final String LOCAL = "sliding_attention";

    /** Whether a {@code config.json} is that of an encoder. */
    static boolean reads(JsonConfig json) throws CheckpointException {
        String type = json.string("model_type", "");
        return Gemma3Configs.MODEL_TYPES.contains(type)
                ? Gemma3Configs.isBidirectional(json)
                : TYPES.contains(type);
    }

    /**
     * Opens the model of a folder as it is kept at Hugging Face.
     *
     * @throws CheckpointException if it is of a family that is not known, or a file cannot be used
     * @throws IOException if a file cannot be read
     */
    public static Encoder open(ModelFolder folder) throws IOException {
        JsonConfig json = JsonConfig.read(folder.config());
        String type = json.string("model_type", "(none)");
        if (!reads(json)) {
            throw json.cannot(
                    "the model is of type %s; %s can be read", type, String.join(", ", TYPES));
        }
        try {
            Weights weights = body(folder.openWeights().weights());
            return switch (type) {
                case "bert" ->
                        new Bert(
                                BertConfigs.bert(json),
                                weights.has("embeddings.LayerNorm.gamma")
                                        ? weights.under(TensorNames.ORIGINAL_BERT)
                                        : weights);
                case "distilbert" ->
                        new Bert(
                                BertConfigs.distilBert(json),
                                weights.under(TensorNames.DISTILBERT));
                case "mpnet" -> new Mpnet(mpnet(json), weights);
                case "modernbert" -> new ModernBert(modernBert(json), weights);
                case "gemma3_text" ->
                        new Gemma3.Bidirectional(new Gemma3(Gemma3Configs.of(json), weights));
                default -> new Bert(BertConfigs.roberta(json), weights);
            };
        } catch (IllegalArgumentException e) {
            throw json.cannot("%s", String.valueOf(e.getMessage()));
        }
    }

    /** Whether a GGUF file is that of an encoder. */
    static boolean reads(GgufFile file) throws CheckpointException {
        return file.metadata()
                .string("general.architecture")
                .filter(Gemma3Configs.GGUF_ENCODER::equals)
                .isPresent();
    }

    /**
     * Opens the model of a GGUF file.
     *
     * @throws CheckpointException if it is of a family that is not known, or cannot be used
     */
    public static Encoder open(GgufFile file) throws CheckpointException {
        if (!reads(file)) {
            throw new CheckpointException(
                    "%s is no encoder: only those of architecture %s can be read"
                            .formatted(file.source(), Gemma3Configs.GGUF_ENCODER));
        }
        return new Gemma3.Bidirectional(
                new Gemma3(
                        Gemma3Configs.of(file, Gemma3Configs.GGUF_ENCODER),
                        file.weights(TensorNames.GGUF_GEMMA3)));
    }

    /** The weights of the encoder: those below a prefix, if there is one. */
    private static Weights body(Weights weights) {
        return PREFIXES.stream()
                .filter(
                        prefix ->
                                weights.has(prefix + ".embeddings.word_embeddings.weight")
                                        || weights.has(
                                                prefix + ".embeddings.tok_embeddings.weight"))
                .findFirst()
                .map(weights::at)
                .orElse(weights);
    }

    /** Its positions begin behind the number of the padding, which is 1. */
    private static Mpnet.Config mpnet(JsonConfig json) throws CheckpointException {
        int firstPosition = 2;
        return new Mpnet.Config(
                json.positive("vocab_size", 30_527),
                json.positive("max_position_embeddings", 512) - firstPosition,
                firstPosition,
                json.positive("hidden_size", 768),
                json.positive("intermediate_size", 3072),
                json.positive("num_hidden_layers", 12),
                json.positive("num_attention_heads", 12),
                json.positive("relative_attention_num_buckets", 32),
                json.positive("layer_norm_eps", BertConfigs.EPSILON),
                BertConfigs.activation(json, "hidden_act"));
    }

    private static ModernBert.Config modernBert(JsonConfig json) throws CheckpointException {
        int hidden = json.positive("hidden_size", 768);
        int heads = json.positive("num_attention_heads", 12);
        if (hidden % heads != 0) {
            throw json.cannot("%d hidden features are not a multiple of %d heads", hidden, heads);
        }
        int columns = hidden / heads;
        int pattern = json.positive("global_attn_every_n_layers", 3);
        List<String> types = json.strings("layer_types");
        List<Boolean> areLocal = new ArrayList<>();
        for (int layer = 0; layer < json.positive("num_hidden_layers", 22); layer++) {
            areLocal.add(
                    types.isEmpty()
                            ? layer % pattern != 0
                            : layer < types.size() && types.get(layer).equals(LOCAL));
        }
        return new ModernBert.Config(
                json.positive("vocab_size", 50_368),
                json.positive("max_position_embeddings", 8192),
                hidden,
                json.positive("intermediate_size", 1152),
                heads,
                json.positive("norm_eps", 1e-5),
                json.flag("norm_bias", false),
                BertConfigs.activation(json, "hidden_activation"),
                json.positive("local_attention", 128) / 2,
                RotaryConfigs.of(json, "full_attention", columns, true)
                        .rotary("global_rope_theta", 160_000, "partial_rotary_factor", 1),
                RotaryConfigs.of(json, LOCAL, columns, true)
                        .rotary("local_rope_theta", 10_000, "partial_rotary_factor", 1),
                areLocal);
    }

    private Encoders() {}
}

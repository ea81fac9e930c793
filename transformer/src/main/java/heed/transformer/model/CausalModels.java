package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.checkpoint.TensorNames;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Activation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Opens decoders: their weights stay in the file, which is mapped. */
public final class CausalModels {
    private static final String GPT2 = "gpt2";
    private static final String GPT_NEOX = "gpt_neox";
    private static final String PHI3 = "phi3";

    /** Where the part for text of a model for text and images is. */
    private static final List<String> TEXT = List.of("language_model", "model.language_model");

    /** The families, by their {@code model_type}. */
    static final List<String> TYPES =
            Stream.of(List.of(GPT2, GPT_NEOX), LlamaConfigs.MODEL_TYPES, Gemma3Configs.MODEL_TYPES)
                    .flatMap(List::stream)
                    .toList();

    /**
     * Opens the model of a folder as it is kept at Hugging Face, with {@code config.json} and
     * {@code model.safetensors} in it, whole or in shards.
     *
     * @throws CheckpointException if it is of a family that is not known, or a file cannot be used
     * @throws IOException if a file cannot be read
     */
    public static CausalModel open(ModelFolder folder) throws IOException {
        return open(JsonConfig.read(folder.config()), folder.openWeights().weights());
    }

    /** The same of what was read already. */
    static CausalModel open(JsonConfig json, Weights weights) throws CheckpointException {
        String type = json.string("model_type", "(none)");
        try {
            if (LlamaConfigs.MODEL_TYPES.contains(type)) {
                boolean tied = json.flag("tie_word_embeddings", false);
                return Llama.of(LlamaConfigs.of(json), tied, weights);
            }
            if (Gemma3Configs.MODEL_TYPES.contains(type) && !Encoders.reads(json)) {
                return new Gemma3(Gemma3Configs.of(json), ofText(weights));
            }
            if (type.equals(GPT2)) {
                return Gpt2.of(gpt2(json), weights.with(Weights.Layout.IN_OUT));
            }
            if (type.equals(GPT_NEOX)) {
                boolean tied = json.flag("tie_word_embeddings", false);
                return new GptNeoX(gptNeoX(json), tied, weights);
            }
        } catch (IllegalArgumentException e) {
            throw json.cannot("%s", String.valueOf(e.getMessage()));
        }
        throw json.cannot(
                "the model is of type %s; %s can be read", type, String.join(", ", TYPES));
    }

    /**
     * Opens the model of a GGUF file.
     *
     * @throws CheckpointException if it is of a family that is not known, or cannot be used
     */
    public static CausalModel open(GgufFile file) throws CheckpointException {
        String architecture = file.metadata().string("general.architecture").orElse("(none)");
        if (architecture.equals(GPT2)) {
            return Gpt2.of(gpt2(file), file.weights(TensorNames.GGUF_GPT2));
        }
        if (architecture.equals(Gemma3Configs.GGUF_DECODER)) {
            return new Gemma3(
                    Gemma3Configs.of(file, architecture), file.weights(TensorNames.GGUF_GEMMA3));
        }
        if (!LlamaConfigs.GGUF_ARCHITECTURES.contains(architecture)) {
            throw new CheckpointException(
                    "%s: the architecture is %s; gpt2, gemma3, %s can be read"
                            .formatted(
                                    file.source(),
                                    architecture,
                                    String.join(", ", LlamaConfigs.GGUF_ARCHITECTURES)));
        }
        Weights weights =
                file.weights(
                        architecture.equals(PHI3) ? TensorNames.GGUF_PHI3 : TensorNames.GGUF_LLAMA);
        return Llama.of(
                LlamaConfigs.of(file, architecture), !weights.has("lm_head.weight"), weights);
    }

    /** The same of a file. */
    public static CausalModel openGguf(Path file) throws IOException {
        return open(GgufFile.open(file));
    }

    private static Weights ofText(Weights weights) {
        return TEXT.stream()
                .filter(
                        prefix ->
                                weights.count(prefix + ".layers") > 0
                                        || weights.count(prefix + ".model.layers") > 0)
                .findFirst()
                .map(weights::at)
                .orElse(weights);
    }

    private static GptNeoX.Config gptNeoX(JsonConfig json) throws CheckpointException {
        int hidden = json.positive("hidden_size");
        int heads = json.positive("num_attention_heads");
        return new GptNeoX.Config(
                json.positive("vocab_size"),
                json.positive("max_position_embeddings"),
                hidden,
                json.positive("intermediate_size"),
                json.positive("num_hidden_layers"),
                heads,
                json.positive("layer_norm_eps", 1e-5),
                BertConfigs.activation(json, "hidden_act"),
                RotaryConfigs.of(json, hidden / heads)
                        .rotary("rotary_emb_base", RotaryConfigs.BASE, "rotary_pct", 0.25),
                json.flag("use_parallel_residual", true));
    }

    static Gpt2.Config gpt2(JsonConfig json) throws CheckpointException {
        String activation = json.string("activation_function", "gelu_new");
        if (!json.flag("scale_attn_weights", true)
                || json.flag("scale_attn_by_inverse_layer_idx", false)) {
            throw json.cannot("its scores are not scaled by 1/√d; only that can be read");
        }
        int hidden = json.positive("n_embd");
        return new Gpt2.Config(
                json.positive("vocab_size"),
                json.positive("n_positions"),
                hidden,
                json.positive("n_inner", Math.multiplyExact(4, hidden)),
                json.positive("n_layer"),
                json.positive("n_head"),
                json.positive("layer_norm_epsilon", 1e-5),
                switch (activation) {
                    case "gelu_new" -> Activation.GELU_TANH;
                    case "gelu" -> Activation.GELU;
                    default ->
                            throw json.cannot(
                                    "activation_function is %s; gelu_new and gelu can be read",
                                    activation);
                });
    }

    private static Gpt2.Config gpt2(GgufFile file) throws CheckpointException {
        GgufValues values = new GgufValues(file.source(), file.metadata(), GPT2);
        return new Gpt2.Config(
                file.weights().stored("token_embd.weight").shape().getFirst(),
                values.positive("context_length"),
                values.positive("embedding_length"),
                values.positive("feed_forward_length"),
                values.positive("block_count"),
                values.positive("attention.head_count"),
                values.number("attention.layer_norm_epsilon", 1e-5),
                Activation.GELU_TANH);
    }

    private CausalModels() {}
}

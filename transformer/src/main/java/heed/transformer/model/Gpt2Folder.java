package heed.transformer.model;

import heed.transformer.checkpoint.AtomicFile;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.checkpoint.SafetensorsWriter;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Activation;
import heed.transformer.layer.Parameter;
import heed.transformer.layer.Parameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes a GPT-2 as it is kept at Hugging Face, for training. */
public final class Gpt2Folder {
    private static final String BODY = "transformer.";
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";

    /** Files of a folder that say something of a model or its tokenizer. */
    private static final List<String> BESIDE =
            List.of(
                    ModelFolder.TOKENIZER,
                    TOKENIZER_CONFIG,
                    "generation_config.json",
                    "special_tokens_map.json",
                    "added_tokens.json",
                    ModelFolder.VOCABULARY,
                    ModelFolder.MERGES);

    /**
     * A model that is to be trained further.
     *
     * @param tied whether its output layer is its embedding
     */
    public record Start(Gpt2.Config config, boolean tied, Parameters parameters) {}

    /**
     * Reads the weights of a model, in single precision.
     *
     * @throws CheckpointException if it is no GPT-2, or a file cannot be used
     * @throws IOException if one cannot be read
     */
    public static Start read(ModelFolder folder) throws IOException {
        JsonConfig json = JsonConfig.read(folder.config());
        Gpt2.Config config = CausalModels.gpt2(json);
        boolean tied = json.flag("tie_word_embeddings", true);
        Weights weights = folder.openWeights().weights();
        boolean nested = weights.has(BODY + "wte.weight");
        Parameters parameters = Parameters.zeros(Gpt2.shapes(config, tied));
        for (Parameter parameter : parameters.all()) {
            String name = parameter.name();
            String stored = nested || !name.startsWith(BODY) ? name : name.substring(BODY.length());
            float[] values = weights.get(stored, parameter.shape().toArray(Integer[]::new));
            System.arraycopy(values, 0, parameter.value(), 0, values.length);
            parameter.changed();
        }
        return new Start(config, tied, parameters);
    }

    /**
     * Copies all that a folder says of a model but its weights.
     *
     * @param type what {@link #writeWeights} will be given
     */
    public static void copyConfig(ModelFolder from, Path to, ElementType type) throws IOException {
        for (String name : BESIDE) {
            Path file = from.folder().resolve(name);
            if (Files.isRegularFile(file)) {
                AtomicFile.write(to.resolve(name), stream -> Files.copy(file, stream));
            }
        }
        ObjectNode json =
                (ObjectNode) JsonMapper.shared().readTree(Files.readAllBytes(from.config()));
        json.remove("torch_dtype");
        json.put("dtype", dtype(type));
        byte[] bytes = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
        AtomicFile.write(to.resolve(ModelFolder.CONFIG), stream -> stream.write(bytes));
    }

    private static String dtype(ElementType type) {
        return type == ElementType.BF16 ? "bfloat16" : "float32";
    }

    /**
     * Writes the configuration and the tokenizer of a model.
     *
     * @param tied whether its output layer is its embedding
     * @param type what {@link #writeWeights} will be given
     * @param dropout of the training, for whoever trains it further
     * @param tokenizer a {@code tokenizer.json}
     */
    public static void writeConfig(
            Path folder,
            Gpt2.Config config,
            boolean tied,
            ElementType type,
            double dropout,
            byte[] tokenizer)
            throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architectures", List.of("GPT2LMHeadModel"));
        json.put("model_type", "gpt2");
        json.put("vocab_size", config.vocabulary());
        json.put("n_positions", config.positions());
        json.put("n_embd", config.hidden());
        json.put("n_layer", config.layers());
        json.put("n_head", config.heads());
        json.put("n_inner", Math.max(1, config.intermediate()));
        json.put(
                "activation_function",
                config.activation() == Activation.GELU_TANH ? "gelu_new" : "gelu");
        json.put("layer_norm_epsilon", config.epsilon());
        json.put("embd_pdrop", dropout);
        json.put("attn_pdrop", dropout);
        json.put("resid_pdrop", dropout);
        json.put("tie_word_embeddings", tied);
        json.put("bos_token_id", null);
        json.put("eos_token_id", null);
        json.put("dtype", dtype(type));
        write(folder.resolve(ModelFolder.CONFIG), json);
        Map<String, Object> ofTokenizer = new LinkedHashMap<>();
        ofTokenizer.put("tokenizer_class", "PreTrainedTokenizerFast");
        ofTokenizer.put("model_max_length", config.positions());
        ofTokenizer.put("clean_up_tokenization_spaces", false);
        write(folder.resolve(TOKENIZER_CONFIG), ofTokenizer);
        AtomicFile.write(folder.resolve(ModelFolder.TOKENIZER), stream -> stream.write(tokenizer));
    }

    private static void write(Path file, Map<String, Object> json) throws IOException {
        byte[] bytes = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
        AtomicFile.write(file, stream -> stream.write(bytes));
    }

    /**
     * Writes the weights of a model, in the place of those that are there.
     *
     * <p>The format knows no model of attention alone: such a one is given a feed-forward layer of
     * one unit, whose weights are 0.
     *
     * @param type F32 or BF16, to which they are rounded
     */
    public static void writeWeights(
            Path folder, Gpt2.Config config, Parameters parameters, ElementType type)
            throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter().note("format", "pt");
        for (Parameter parameter : parameters.all()) {
            writer.put(parameter.name(), parameter.shape(), type, parameter.value());
        }
        if (config.intermediate() == 0) {
            Gpt2.Config unit = config.withIntermediate(1);
            Gpt2.shapes(unit, true)
                    .forEach(
                            (name, shape) -> {
                                if (!parameters.has(name)) {
                                    writer.put(name, shape, type, neutral(name, shape));
                                }
                            });
        }
        writer.write(folder.resolve(ModelFolder.SINGLE));
    }

    /** Of a norm that changes nothing, or of a linear layer that adds nothing. */
    private static float[] neutral(String name, List<Integer> shape) {
        float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
        Arrays.fill(values, name.endsWith("ln_2.weight") ? 1 : 0);
        return values;
    }

    private Gpt2Folder() {}
}

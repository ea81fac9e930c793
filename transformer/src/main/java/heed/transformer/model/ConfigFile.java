package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * What a {@code config.json} beside an ONNX file says that its weights do not.
 *
 * @param heads {@code num_attention_heads}, if it is there
 * @param epsilon {@code layer_norm_eps}, or BERT's own
 */
record ConfigFile(OptionalInt heads, double epsilon) {
    /** A model that has no such file. */
    static final ConfigFile ABSENT = new ConfigFile(OptionalInt.empty(), BertConfigs.EPSILON);

    /**
     * Reads the file beside a model, if there is one.
     *
     * @throws CheckpointException if it is not JSON, or speaks of a model that is no BERT
     * @throws IOException if it cannot be read
     */
    static ConfigFile beside(Path model) throws IOException {
        Path file = model.resolveSibling(ModelFolder.CONFIG);
        if (!Files.isRegularFile(file)) {
            return ABSENT;
        }
        JsonConfig json = JsonConfig.read(file);
        require(json, "model_type", "bert");
        require(json, "hidden_act", "gelu");
        require(json, "position_embedding_type", "absolute");
        return new ConfigFile(
                json.has("num_attention_heads")
                        ? OptionalInt.of(json.positive("num_attention_heads"))
                        : OptionalInt.empty(),
                json.positive("layer_norm_eps", BertConfigs.EPSILON));
    }

    private static void require(JsonConfig json, String key, String value)
            throws CheckpointException {
        String found = json.string(key, value);
        if (!found.equals(value)) {
            throw json.cannot("%s is %s; only %s can be read", key, found, value);
        }
    }
}

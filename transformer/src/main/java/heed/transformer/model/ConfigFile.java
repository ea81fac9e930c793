package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a {@code config.json} beside a model says that its weights do not.
 *
 * @param heads {@code num_attention_heads}, if it is there
 * @param epsilon {@code layer_norm_eps}, or BERT's own
 */
record ConfigFile(OptionalInt heads, double epsilon) {
    /** ε of the layer norms of every BERT that is known. */
    private static final double EPSILON = 1e-12;

    /** A model that has no such file. */
    static final ConfigFile ABSENT = new ConfigFile(OptionalInt.empty(), EPSILON);

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
        JsonNode json;
        try {
            json = new JsonMapper().readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new CheckpointException(
                    "%s is not JSON: %s".formatted(file, e.getOriginalMessage()), e);
        }
        require(file, json, "model_type", "bert");
        require(file, json, "hidden_act", "gelu");
        require(file, json, "position_embedding_type", "absolute");
        JsonNode heads = json.path("num_attention_heads");
        return new ConfigFile(
                heads.canConvertToInt() ? OptionalInt.of(heads.intValue()) : OptionalInt.empty(),
                json.path("layer_norm_eps").asDouble(EPSILON));
    }

    private static void require(Path file, JsonNode json, String key, String value)
            throws CheckpointException {
        String found = json.path(key).asString(value);
        if (!found.equals(value)) {
            throw new CheckpointException(
                    "%s: %s is %s; only %s can be read".formatted(file, key, found, value));
        }
    }
}

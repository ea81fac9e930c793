package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.GgufMetadata;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.RotaryEmbedding;
import heed.transformer.layer.RotaryEmbedding.Pairs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads the shape of a Llama off a {@code config.json} or the metadata of a GGUF file. */
final class LlamaConfigs {
    /** The names of the family at Hugging Face. */
    static final List<String> MODEL_TYPES = List.of("llama", "mistral", "qwen2", "qwen3");

    /** The names of the family in GGUF files; Mistral is a llama there. */
    static final List<String> GGUF_ARCHITECTURES = List.of("llama", "qwen2", "qwen3");

    private static final double BASE = 10_000;
    private static final double EPSILON = 1e-6;

    /** {@code config.json}, as new folders have it and as older ones do. */
    static Llama.Config of(JsonConfig json) throws CheckpointException {
        String activation = json.string("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw json.cannot("hidden_act is %s; only silu can be read", activation);
        }
        int hidden = json.positive("hidden_size");
        int heads = json.positive("num_attention_heads");
        int columns = json.positive("head_dim", hidden / heads);
        int positions = json.positive("max_position_embeddings");
        return new Llama.Config(
                json.positive("vocab_size"),
                positions,
                hidden,
                json.positive("intermediate_size"),
                heads,
                json.positive("num_key_value_heads", heads),
                columns,
                json.positive("rms_norm_eps", EPSILON),
                rotary(json, columns, positions),
                windows(json));
    }

    private static List<Integer> windows(JsonConfig json) throws CheckpointException {
        int layers = json.positive("num_hidden_layers");
        boolean uses =
                json.has("sliding_window")
                        && json.flag(
                                "use_sliding_window",
                                !json.string("model_type", "").startsWith("qwen"));
        int window = uses ? json.positive("sliding_window") : Llama.Config.ALL;
        int firstWindow = json.positive("max_window_layers", 1) - 1;
        List<Integer> windows = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            boolean slides;
            if (json.has("layer_types")) {
                slides = json.string("layer_types", layer).equals("sliding_attention");
            } else {
                slides = !json.has("max_window_layers") || layer > firstWindow;
            }
            windows.add(slides ? window : Llama.Config.ALL);
        }
        return windows;
    }

    /** {@code rope_parameters}, or {@code rope_theta} beside {@code rope_scaling}. */
    private static RotaryEmbedding rotary(JsonConfig json, int columns, int positions)
            throws CheckpointException {
        boolean current = json.has("rope_parameters");
        JsonConfig rope = json.at(current ? "rope_parameters" : "rope_scaling");
        double base = (current ? rope : json).positive("rope_theta", BASE);
        RotaryEmbedding plain = RotaryEmbedding.of(columns, base, Pairs.HALVES);
        if (rope.positive("partial_rotary_factor", json.positive("partial_rotary_factor", 1.0)) != 1
                || !rope.flag("truncate", true)) {
            throw json.cannot(
                    "positions turn a part of a head, or YaRN's ramp is not truncated; neither can be read");
        }
        String type = rope.string("rope_type", rope.string("type", "default"));
        double context = rope.positive("original_max_position_embeddings", (double) positions);
        double by = rope.positive("factor", 1.0);
        return switch (type) {
            case "default" -> plain;
            case "linear" -> plain.linear(by);
            case "llama3" ->
                    plain.llama3(
                            by,
                            rope.positive("low_freq_factor", 1.0),
                            rope.positive("high_freq_factor", 4.0),
                            context);
            case "yarn" ->
                    plain.yarn(
                            by,
                            base,
                            rope.positive("beta_fast", 32.0),
                            rope.positive("beta_slow", 1.0),
                            context,
                            yarnFactor(rope, by));
            default ->
                    throw json.cannot(
                            "positions are scaled by %s; default, linear, llama3 and yarn can be read",
                            type);
        };
    }

    private static double yarnFactor(JsonConfig rope, double by) throws CheckpointException {
        double given = rope.positive("mscale", 0.0);
        double all = rope.positive("mscale_all_dim", 0.0);
        double factor =
                given > 0 && all > 0 ? magnitude(by, given) / magnitude(by, all) : magnitude(by, 1);
        return rope.positive("attention_factor", factor);
    }

    /** What YaRN found to keep the scores' temperature right (eq. 22, square root of 1/t). */
    private static double magnitude(double by, double scale) {
        return by <= 1 ? 1 : 0.1 * scale * Math.log(by) + 1;
    }

    /** The metadata of a GGUF file. */
    static Llama.Config of(GgufFile file, String architecture) throws CheckpointException {
        GgufMetadata metadata = file.metadata();
        GgufValues reader = new GgufValues(file.source(), metadata, architecture);
        Weights weights = file.weights();
        int hidden = reader.positive("embedding_length");
        int heads = reader.positive("attention.head_count");
        int columns = reader.positive("attention.key_length", hidden / heads);
        double base = reader.number("rope.freq_base", BASE);
        Pairs pairs = architecture.equals("llama") ? Pairs.NEIGHBOURS : Pairs.HALVES;
        RotaryEmbedding rotary = RotaryEmbedding.of(columns, base, pairs);
        String scaling = metadata.string(architecture + ".rope.scaling.type").orElse("none");
        double by = reader.number("rope.scaling.factor", 1);
        switch (scaling) {
            case "none" -> {
                if (weights.has("rope_freqs.weight")) {
                    rotary = rotary.dividedBy(weights.get("rope_freqs.weight", columns / 2));
                }
            }
            case "linear" -> rotary = rotary.linear(by);
            case "yarn" -> {
                double context = reader.number("rope.scaling.original_context_length", 1);
                rotary = rotary.yarn(by, base, 32, 1, context, magnitude(by, 1));
            }
            default ->
                    throw new CheckpointException(
                            "%s: positions are scaled by %s; none, linear and yarn can be read"
                                    .formatted(file.source(), scaling));
        }
        int window = reader.positive("attention.sliding_window", Llama.Config.ALL);
        return new Llama.Config(
                weights.stored("token_embd.weight").shape().getFirst(),
                reader.positive("context_length"),
                hidden,
                reader.positive("feed_forward_length"),
                heads,
                reader.positive("attention.head_count_kv", heads),
                columns,
                reader.number("attention.layer_norm_rms_epsilon", EPSILON),
                rotary,
                Collections.nCopies(reader.positive("block_count"), window));
    }

    private LlamaConfigs() {}
}

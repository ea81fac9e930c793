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
import java.util.Optional;

/** Reads the shape of a Llama off a {@code config.json} or the metadata of a GGUF file. */
final class LlamaConfigs {
    /** The names of the family at Hugging Face. */
    static final List<String> MODEL_TYPES = List.of("llama", "mistral", "qwen2", "qwen3", "phi3");

    /** The names of the family in GGUF files; Mistral is a llama there. */
    static final List<String> GGUF_ARCHITECTURES = List.of("llama", "qwen2", "qwen3", "phi3");

    private static final double EPSILON = 1e-6;
    private static final String SHORT_FACTORS = "rope_factors_short.weight";
    private static final String LONG_FACTORS = "rope_factors_long.weight";

    /** {@code config.json}, as new folders have it and as older ones do. */
    static Llama.Config of(JsonConfig json) throws CheckpointException {
        String activation = json.string("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw json.cannot("hidden_act is %s; only silu can be read", activation);
        }
        int hidden = json.positive("hidden_size");
        int heads = json.positive("num_attention_heads");
        int columns = json.positive("head_dim", hidden / heads);
        RotaryConfigs ropes = RotaryConfigs.of(json, columns);
        RotaryEmbedding rotary =
                ropes.rotary("rope_theta", RotaryConfigs.BASE, "partial_rotary_factor", 1);
        return new Llama.Config(
                json.positive("vocab_size"),
                json.positive("max_position_embeddings"),
                hidden,
                json.positive("intermediate_size"),
                heads,
                json.positive("num_key_value_heads", heads),
                columns,
                json.positive("rms_norm_eps", EPSILON),
                rotary,
                ropes.longContext(rotary),
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

    /** LongRoPE: its divisors are tensors here. */
    private static Optional<Llama.LongContext> longContext(
            GgufValues reader, Weights weights, RotaryEmbedding plain) throws CheckpointException {
        if (!weights.has(SHORT_FACTORS)) {
            return Optional.empty();
        }
        int pairs = plain.frequencies().length;
        double factor = reader.number("rope.scaling.attn_factor", 1);
        return Optional.of(
                new Llama.LongContext(
                        reader.positive("rope.scaling.original_context_length"),
                        plain.dividedBy(doubles(weights.get(SHORT_FACTORS, pairs)))
                                .withFactor(factor),
                        plain.dividedBy(doubles(weights.get(LONG_FACTORS, pairs)))
                                .withFactor(factor)));
    }

    private static double[] doubles(float[] floats) {
        double[] doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    /** The metadata of a GGUF file. */
    static Llama.Config of(GgufFile file, String architecture) throws CheckpointException {
        GgufMetadata metadata = file.metadata();
        GgufValues reader = new GgufValues(file.source(), metadata, architecture);
        Weights weights = file.weights();
        int hidden = reader.positive("embedding_length");
        int heads = reader.positive("attention.head_count");
        int columns = reader.positive("attention.key_length", hidden / heads);
        double base = reader.number("rope.freq_base", RotaryConfigs.BASE);
        Pairs pairs = architecture.equals("llama") ? Pairs.NEIGHBOURS : Pairs.HALVES;
        int turned = reader.positive("rope.dimension_count", columns);
        RotaryEmbedding rotary = RotaryEmbedding.of(turned, base, pairs);
        String scaling = metadata.string(architecture + ".rope.scaling.type").orElse("none");
        double by = reader.number("rope.scaling.factor", 1);
        switch (scaling) {
            case "none" -> {
                if (weights.has("rope_freqs.weight")) {
                    rotary =
                            rotary.dividedBy(doubles(weights.get("rope_freqs.weight", turned / 2)));
                }
            }
            case "linear" -> rotary = rotary.linear(by);
            case "longrope" -> {}
            case "yarn" -> {
                double context = reader.number("rope.scaling.original_context_length", 1);
                rotary = rotary.yarn(by, base, 32, 1, context, RotaryConfigs.magnitude(by, 1));
            }
            default ->
                    throw new CheckpointException(
                            "%s: positions are scaled by %s; none, linear, yarn and longrope can be read"
                                    .formatted(file.source(), scaling));
        }
        Optional<Llama.LongContext> longContext = longContext(reader, weights, rotary);
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
                longContext,
                Collections.nCopies(reader.positive("block_count"), window));
    }

    private LlamaConfigs() {}
}

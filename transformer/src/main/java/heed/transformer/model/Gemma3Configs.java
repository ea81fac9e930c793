package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.layer.RotaryEmbedding;
import heed.transformer.layer.RotaryEmbedding.Pairs;
import java.util.ArrayList;
import java.util.List;

/** Reads the shape of a Gemma 3 off a {@code config.json} or the metadata of a GGUF file. */
final class Gemma3Configs {
    /** What it is called at Hugging Face: text alone, and text with images. */
    static final List<String> MODEL_TYPES = List.of("gemma3_text", "gemma3");

    /** What a decoder is called in GGUF files. */
    static final String GGUF_DECODER = "gemma3";

    /** What an encoder is called in GGUF files. */
    static final String GGUF_ENCODER = "gemma-embedding";

    private static final String LOCAL = "sliding_attention";
    private static final String GLOBAL = "full_attention";
    private static final double GLOBAL_BASE = 1_000_000;

    /** Of so many layers one sees all. */
    private static final int PATTERN = 6;

    /** Layers of the one model whose scale depends on its width, not on its heads. */
    private static final int LAYERS_OF_27B = 62;

    private static final double EPSILON = 1e-6;

    /** The settings of the part for text. */
    private static JsonConfig text(JsonConfig json) throws CheckpointException {
        return json.string("model_type", "").equals("gemma3") ? json.at("text_config") : json;
    }

    /** Whether a model has no causal mask. */
    static boolean isBidirectional(JsonConfig json) throws CheckpointException {
        return text(json).flag("use_bidirectional_attention", false);
    }

    /** {@code config.json}, as new folders have it and as older ones do. */
    static Gemma3.Config of(JsonConfig all) throws CheckpointException {
        JsonConfig json = text(all);
        String activation = json.string("hidden_activation", "gelu_pytorch_tanh");
        if (!activation.equals("gelu_pytorch_tanh")) {
            throw json.cannot(
                    "hidden_activation is %s; only gelu_pytorch_tanh can be read", activation);
        }
        if (json.has("attn_logit_softcapping")) {
            throw json.cannot("attn_logit_softcapping is set, which no Gemma 3 has");
        }
        int hidden = json.positive("hidden_size", 2304);
        int columns = json.positive("head_dim", 256);
        int window = json.positive("sliding_window", 4096);
        return new Gemma3.Config(
                json.positive("vocab_size", 262_208),
                json.positive("max_position_embeddings", 131_072),
                hidden,
                json.positive("intermediate_size", 9216),
                json.positive("num_attention_heads", 8),
                json.positive("num_key_value_heads", 4),
                columns,
                1 / Math.sqrt(json.positive("query_pre_attn_scalar", 256.0)),
                json.positive("rms_norm_eps", EPSILON),
                1,
                window,
                RotaryConfigs.of(json, GLOBAL, columns, true)
                        .rotary("rope_theta", GLOBAL_BASE, "partial_rotary_factor", 1),
                RotaryConfigs.of(json, LOCAL, columns, false)
                        .rotary(
                                "rope_local_base_freq",
                                RotaryConfigs.BASE,
                                "partial_rotary_factor",
                                1),
                areLocal(json),
                json.positive("final_logit_softcapping", Double.MAX_VALUE) == Double.MAX_VALUE
                        ? Double.POSITIVE_INFINITY
                        : json.positive("final_logit_softcapping", 1.0));
    }

    private static List<Boolean> areLocal(JsonConfig json) throws CheckpointException {
        int layers = json.positive("num_hidden_layers", 26);
        int pattern =
                json.positive(
                        "sliding_window_pattern",
                        json.positive("_sliding_window_pattern", PATTERN));
        List<String> types = json.strings("layer_types");
        List<Boolean> areLocal = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            areLocal.add(
                    types.isEmpty()
                            ? (layer + 1) % pattern != 0
                            : layer < types.size() && types.get(layer).equals(LOCAL));
        }
        return areLocal;
    }

    /** The metadata of a GGUF file, whose norms are stored with what is added to them. */
    static Gemma3.Config of(GgufFile file, String architecture) throws CheckpointException {
        GgufValues reader = new GgufValues(file.source(), file.metadata(), architecture);
        int hidden = reader.positive("embedding_length");
        int heads = reader.positive("attention.head_count");
        int columns = reader.positive("attention.key_length", hidden / heads);
        int layers = reader.positive("block_count");
        RotaryEmbedding global =
                RotaryEmbedding.of(
                        columns, reader.number("rope.freq_base", GLOBAL_BASE), Pairs.HALVES);
        String scaling = file.metadata().string(architecture + ".rope.scaling.type").orElse("none");
        switch (scaling) {
            case "none" -> {}
            case "linear" -> global = global.linear(reader.number("rope.scaling.factor", 1));
            default ->
                    throw new CheckpointException(
                            "%s: positions are scaled by %s; none and linear can be read"
                                    .formatted(file.source(), scaling));
        }
        boolean[] pattern =
                file.metadata()
                        .bools(architecture + ".attention.sliding_window_pattern")
                        .orElse(new boolean[0]);
        List<Boolean> areLocal = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            areLocal.add(layer < pattern.length ? pattern[layer] : (layer + 1) % PATTERN != 0);
        }
        double cap = reader.number("final_logit_softcapping", 0);
        return new Gemma3.Config(
                file.weights().stored("token_embd.weight").shape().getFirst(),
                reader.positive("context_length"),
                hidden,
                reader.positive("feed_forward_length"),
                heads,
                reader.positive("attention.head_count_kv", heads),
                columns,
                1 / Math.sqrt(layers == LAYERS_OF_27B ? (double) hidden / heads : columns),
                reader.number("attention.layer_norm_rms_epsilon", EPSILON),
                0,
                reader.positive("attention.sliding_window", Integer.MAX_VALUE),
                global,
                RotaryEmbedding.of(
                        columns,
                        reader.number("rope.freq_base_swa", RotaryConfigs.BASE),
                        Pairs.HALVES),
                areLocal,
                cap > 0 ? cap : Double.POSITIVE_INFINITY);
    }

    private Gemma3Configs() {}
}

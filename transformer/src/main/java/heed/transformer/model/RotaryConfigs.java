package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.layer.RotaryEmbedding;
import heed.transformer.layer.RotaryEmbedding.Pairs;
import java.util.Optional;

/**
 * What a {@code config.json} says of rotary positions: {@code rope_parameters}, or, in older files,
 * {@code rope_theta} beside {@code rope_scaling}.
 *
 * @param all the whole file
 * @param rope the settings of the positions
 * @param current whether they are as they are written now
 * @param columns features of a head
 */
record RotaryConfigs(JsonConfig all, JsonConfig rope, boolean current, int columns) {
    static final double BASE = 10_000;

    /** The settings of all layers. */
    static RotaryConfigs of(JsonConfig json, int columns) {
        boolean current = json.has("rope_parameters");
        return new RotaryConfigs(
                json, json.at(current ? "rope_parameters" : "rope_scaling"), current, columns);
    }

    /**
     * The settings of the layers of a type, where each type has its own.
     *
     * @param scaled whether older files' {@code rope_scaling} is of this type
     */
    static RotaryConfigs of(JsonConfig json, String layerType, int columns, boolean scaled) {
        boolean current = json.has("rope_parameters");
        JsonConfig parameters = json.at(current ? "rope_parameters" : "rope_scaling");
        if (current) {
            return new RotaryConfigs(json, parameters.at(layerType), true, columns);
        }
        return new RotaryConfigs(json, scaled ? parameters : json.none(), false, columns);
    }

    /**
     * The positions.
     *
     * @param baseKey what older files call the base
     * @param base where no file says it
     * @param partKey what older files call the part of a head that is turned
     * @param part where no file says it
     */
    RotaryEmbedding rotary(String baseKey, double base, String partKey, double part)
            throws CheckpointException {
        double theta = (current ? rope : all).positive(baseKey(baseKey), base);
        double turned =
                rope.positive("partial_rotary_factor", current ? 1.0 : all.positive(partKey, part));
        int features = (int) (columns * turned);
        if (features < 2 || features > columns) {
            throw all.cannot("%s of %d features cannot be turned", turned, columns);
        }
        return scaled(RotaryEmbedding.of(features, theta, Pairs.HALVES), theta);
    }

    private String baseKey(String older) {
        return current ? "rope_theta" : older;
    }

    private RotaryEmbedding scaled(RotaryEmbedding plain, double base) throws CheckpointException {
        double by = rope.positive("factor", 1.0);
        return switch (type()) {
            case "default", "longrope" -> plain;
            case "linear" -> plain.linear(by);
            case "llama3" ->
                    plain.llama3(
                            by,
                            rope.positive("low_freq_factor", 1.0),
                            rope.positive("high_freq_factor", 4.0),
                            trained());
            case "yarn" -> {
                if (!rope.flag("truncate", true)) {
                    throw all.cannot(
                            "YaRN's ramp is not truncated; only a truncated one can be read");
                }
                yield plain.yarn(
                        by,
                        base,
                        rope.positive("beta_fast", 32.0),
                        rope.positive("beta_slow", 1.0),
                        trained(),
                        yarnFactor(by));
            }
            default ->
                    throw all.cannot(
                            "positions are scaled by %s; default, linear, llama3, yarn and longrope can be read",
                            type());
        };
    }

    private String type() throws CheckpointException {
        String type = rope.string("rope_type", rope.string("type", "default"));
        boolean older = all.string("model_type", "").equals("phi3") && type.equals("yarn");
        return type.equals("su") || older ? "longrope" : type;
    }

    /** Tokens that the model was trained with, before its context was made longer. */
    private double trained() throws CheckpointException {
        String key = "original_max_position_embeddings";
        return rope.positive(
                key, all.positive(key, (double) all.positive("max_position_embeddings")));
    }

    private double yarnFactor(double by) throws CheckpointException {
        double given = rope.positive("mscale", 0.0);
        double everywhere = rope.positive("mscale_all_dim", 0.0);
        double factor =
                given > 0 && everywhere > 0
                        ? magnitude(by, given) / magnitude(by, everywhere)
                        : magnitude(by, 1);
        return rope.positive("attention_factor", factor);
    }

    /** What YaRN found to keep the scores' temperature right (eq. 22, square root of 1/t). */
    static double magnitude(double by, double scale) {
        return by <= 1 ? 1 : 0.1 * scale * Math.log(by) + 1;
    }

    /**
     * LongRoPE (Ding et al. 2024): each frequency is divided by a number of its own, in texts that
     * are longer than those of the training by another one.
     *
     * @param plain the positions without it
     */
    Optional<Llama.LongContext> longContext(RotaryEmbedding plain) throws CheckpointException {
        if (!type().equals("longrope")) {
            return Optional.empty();
        }
        double by = rope.positive("factor", all.positive("max_position_embeddings") / trained());
        double suggested = by <= 1 ? 1 : Math.sqrt(1 + Math.log(by) / Math.log(trained()));
        double factor = rope.positive("attention_factor", suggested);
        try {
            return Optional.of(
                    new Llama.LongContext(
                            (int) trained(),
                            plain.dividedBy(rope.numbers("short_factor")).withFactor(factor),
                            plain.dividedBy(rope.numbers("long_factor")).withFactor(factor)));
        } catch (IllegalArgumentException e) {
            throw all.cannot("%s", String.valueOf(e.getMessage()));
        }
    }
}

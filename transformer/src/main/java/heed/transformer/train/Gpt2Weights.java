package heed.transformer.train;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Parameter;
import heed.transformer.layer.Parameters;
import heed.transformer.model.Gpt2;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The weights that a training of a GPT-2 begins with. */
public final class Gpt2Weights {
    private static final double DEVIATION = 0.02;
    private static final String BODY = "transformer.";
    private static final String HEAD = "lm_head.weight";

    /**
     * Random weights (Radford et al. 2019, §2.3): normal with a deviation of 0.02, of what adds to
     * the residual stream {@code 0.02 / √(2 · layers)}; biases 0, norms 1.
     */
    public static Parameters random(Gpt2.Config config, long seed) {
        Parameters parameters = Parameters.zeros(Gpt2.shapes(config));
        Random random = new Random(seed);
        for (Parameter parameter : parameters.all()) {
            String name = parameter.name();
            if (parameter.shape().size() > 1) {
                boolean residual = name.endsWith("c_proj.weight");
                double deviation = residual ? DEVIATION / Math.sqrt(2.0 * config.layers()) : DEVIATION;
                for (int i = 0; i < parameter.value().length; i++) {
                    parameter.value()[i] = (float) (deviation * random.nextGaussian());
                }
            } else if (name.endsWith(".weight")) {
                java.util.Arrays.fill(parameter.value(), 1);
            }
            parameter.changed();
        }
        return parameters;
    }

    /**
     * The weights of a checkpoint, in single precision.
     *
     * @param tied whether the output layer is the embedding
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Parameters of(Gpt2.Config config, Weights weights, boolean tied)
            throws CheckpointException {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>(Gpt2.shapes(config));
        if (!tied) {
            shapes.put(HEAD, List.of(config.vocabulary(), config.hidden()));
        }
        Parameters parameters = Parameters.zeros(shapes);
        boolean nested = weights.has(BODY + "wte.weight");
        for (Parameter parameter : parameters.all()) {
            String name = parameter.name();
            String stored = nested || !name.startsWith(BODY) ? name : name.substring(BODY.length());
            float[] values = weights.get(stored, parameter.shape().toArray(Integer[]::new));
            System.arraycopy(values, 0, parameter.value(), 0, values.length);
            parameter.changed();
        }
        return parameters;
    }

    private Gpt2Weights() {}
}

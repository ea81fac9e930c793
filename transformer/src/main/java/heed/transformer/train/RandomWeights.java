package heed.transformer.train;

import heed.transformer.layer.Parameter;
import heed.transformer.layer.Parameters;
import heed.transformer.model.Gpt2;
import java.util.Arrays;
import java.util.Random;

/** The weights that a training from scratch begins with. */
public final class RandomWeights {
    private static final double DEVIATION = 0.02;

    /**
     * Random weights (Radford et al. 2019, §2.3): normal with a deviation of 0.02, of what adds to
     * the residual stream {@code 0.02 / √(2 · layers)}; biases 0, norms 1.
     *
     * @param tied whether the output layer is the embedding
     */
    public static Parameters of(Gpt2.Config config, boolean tied, long seed) {
        Parameters parameters = Parameters.zeros(Gpt2.shapes(config, tied));
        Random random = new Random(seed);
        for (Parameter parameter : parameters.all()) {
            String name = parameter.name();
            if (parameter.shape().size() > 1) {
                boolean residual = name.endsWith("c_proj.weight");
                double deviation =
                        residual ? DEVIATION / Math.sqrt(2.0 * config.layers()) : DEVIATION;
                for (int i = 0; i < parameter.value().length; i++) {
                    parameter.value()[i] = (float) (deviation * random.nextGaussian());
                }
            } else if (name.endsWith(".weight")) {
                Arrays.fill(parameter.value(), 1);
            }
            parameter.changed();
        }
        return parameters;
    }

    private RandomWeights() {}
}

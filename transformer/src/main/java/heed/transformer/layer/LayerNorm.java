package heed.transformer.layer;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;

/**
 * {@code y = (x − mean) / √(variance + ε) · weight + bias} over the features of a token (Ba et al.
 * 2016).
 */
public final class LayerNorm {
    private final float[] weight;
    private final float[] bias;
    private final double epsilon;

    private LayerNorm(float[] weight, float[] bias, double epsilon) {
        this.weight = weight;
        this.bias = bias;
        this.epsilon = epsilon;
    }

    /**
     * Takes {@code weight [features]} and {@code bias [features]}.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static LayerNorm of(Weights weights, int features, double epsilon)
            throws CheckpointException {
        return new LayerNorm(
                weights.get("weight", features), weights.get("bias", features), epsilon);
    }

    /**
     * Normalises every row of x {@code [n, features]} in place.
     *
     * @throws IllegalArgumentException if x is not whole rows
     */
    public void apply(float[] x) {
        int features = weight.length;
        if (x.length % features != 0) {
            throw new IllegalArgumentException(
                    "%d elements are not rows of %d features".formatted(x.length, features));
        }
        for (int row = 0; row < x.length; row += features) {
            double sum = 0;
            for (int i = 0; i < features; i++) {
                sum += x[row + i];
            }
            double mean = sum / features;
            double squares = 0;
            for (int i = 0; i < features; i++) {
                double centred = x[row + i] - mean;
                squares += centred * centred;
            }
            double factor = 1 / Math.sqrt(squares / features + epsilon);
            for (int i = 0; i < features; i++) {
                x[row + i] = (float) ((x[row + i] - mean) * factor) * weight[i] + bias[i];
            }
        }
    }
}

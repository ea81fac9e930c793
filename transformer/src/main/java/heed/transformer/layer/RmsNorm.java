package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Lanes;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import jdk.incubator.vector.FloatVector;

/**
 * {@code y = x / √(mean(x²) + ε) · weight} over the features of a row (Zhang &amp; Sennrich 2019).
 */
public final class RmsNorm {
    private final float[] weight;
    private final double epsilon;

    private RmsNorm(float[] weight, double epsilon) {
        this.weight = weight;
        this.epsilon = epsilon;
    }

    /**
     * Takes {@code weight [features]}.
     *
     * @throws CheckpointException if it is missing or of another shape
     */
    public static RmsNorm of(Weights weights, int features, double epsilon)
            throws CheckpointException {
        return of(weights, features, epsilon, 0);
    }

    /**
     * The same where something is added to the stored weights: Gemma stores what differs from 1.
     *
     * @throws CheckpointException if it is missing or of another shape
     */
    public static RmsNorm of(Weights weights, int features, double epsilon, float offset)
            throws CheckpointException {
        float[] weight = weights.get("weight", features).clone();
        for (int i = 0; i < features; i++) {
            weight[i] += offset;
        }
        return new RmsNorm(weight, epsilon);
    }

    /** {@code [features]}: what each feature is multiplied by, once it is divided. */
    public float[] weight() {
        return weight.clone();
    }

    /** ε, which keeps a row of zeros from a division by 0. */
    public double epsilon() {
        return epsilon;
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
            normalize(x, row);
        }
    }

    /** The rows of x normalised, in an array of their own. */
    public float[] normalized(float[] x) {
        float[] y = x.clone();
        apply(y);
        return y;
    }

    private void normalize(float[] x, int row) {
        int features = weight.length;
        int whole = FLOATS.loopBound(features);
        FloatVector squares = FloatVector.zero(FLOATS);
        for (int i = row; i < row + whole; i += WIDTH) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, i);
            squares = v.fma(v, squares);
        }
        float sum = Lanes.sum(squares);
        for (int i = row + whole; i < row + features; i++) {
            sum += x[i] * x[i];
        }
        float factor = (float) (1 / Math.sqrt(sum / (double) features + epsilon));
        for (int i = 0; i < features; i++) {
            x[row + i] = x[row + i] * factor * weight[i];
        }
    }
}

package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Lanes;
import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * {@code y = (x − mean) / √(variance + ε) · weight + bias} over the features of a token (Ba et al.
 * 2016).
 */
public final class LayerNorm {
    private static final int ROWS_PER_TASK = 64;

    private final float[] weight;
    private final float[] bias;
    private final double epsilon;

    private LayerNorm(float[] weight, float[] bias, double epsilon) {
        this.weight = weight;
        this.bias = bias;
        this.epsilon = epsilon;
    }

    /**
     * Takes {@code weight [features]} and {@code bias [features]}, or {@code gamma} and {@code
     * beta}, as the checkpoints of the first BERT call them.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static LayerNorm of(Weights weights, int features, double epsilon)
            throws CheckpointException {
        return new LayerNorm(
                weights.get(weights.has("gamma") ? "gamma" : "weight", features),
                weights.get(weights.has("beta") ? "beta" : "bias", features),
                epsilon);
    }

    /** {@code [features]}: what each normalised feature is multiplied by. */
    public float[] weight() {
        return weight.clone();
    }

    /** {@code [features]}: what is added to it then. */
    public float[] bias() {
        return bias.clone();
    }

    /** ε, which keeps a row of equal features from a division by 0. */
    public double epsilon() {
        return epsilon;
    }

    /**
     * Normalises every row of x {@code [n, features]} in place.
     *
     * @throws IllegalArgumentException if x is not whole rows
     */
    public void apply(float[] x) {
        check(x);
        byRows(x, row -> normalize(x, row));
    }

    /** The rows of x normalised, in an array of their own. */
    public float[] normalized(float[] x) {
        float[] y = x.clone();
        apply(y);
        return y;
    }

    /**
     * Adds a residual to x and normalises every row of the sum, in place.
     *
     * @param x {@code [n, features]}
     * @param residual as many elements
     * @throws IllegalArgumentException if x is not whole rows, or the lengths differ
     */
    public void applyToSum(float[] x, float[] residual) {
        check(x);
        if (residual.length != x.length) {
            throw new IllegalArgumentException(
                    "a residual of %d elements for %d".formatted(residual.length, x.length));
        }
        byRows(
                x,
                row -> {
                    for (int i = row; i < row + weight.length; i++) {
                        x[i] += residual[i];
                    }
                    normalize(x, row);
                });
    }

    private void check(float[] x) {
        if (x.length % weight.length != 0) {
            throw new IllegalArgumentException(
                    "%d elements are not rows of %d features".formatted(x.length, weight.length));
        }
    }

    /** Calls with the index of the first element of each row. */
    private void byRows(float[] x, IntConsumer body) {
        int features = weight.length;
        int rows = x.length / features;
        ThreadTeam.run(
                ThreadTeam.defaultThreads(),
                (rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK,
                () ->
                        task -> {
                            int end = Math.min(rows, (task + 1) * ROWS_PER_TASK);
                            for (int row = task * ROWS_PER_TASK; row < end; row++) {
                                body.accept(row * features);
                            }
                        });
    }

    /**
     * Passes over a row, whose first feature is subtracted from all, lest a mean far from zero cost
     * precision: 1. mean; 2. variance; 3. scaled and shifted.
     */
    private void normalize(float[] x, int row) {
        int features = weight.length;
        int whole = FLOATS.loopBound(features);
        VectorMask<Float> rest = FLOATS.indexInRange(whole, features);
        float pivot = x[row];
        FloatVector last = FloatVector.fromArray(FLOATS, x, row + whole, rest).sub(pivot, rest);
        FloatVector sum = last;
        for (int i = row; i < row + whole; i += WIDTH) {
            sum = sum.add(FloatVector.fromArray(FLOATS, x, i).sub(pivot));
        }
        float mean = Lanes.sum(sum) / features;
        FloatVector centred = last.sub(mean, rest);
        FloatVector squares = centred.mul(centred);
        for (int i = row; i < row + whole; i += WIDTH) {
            centred = FloatVector.fromArray(FLOATS, x, i).sub(pivot).sub(mean);
            squares = centred.fma(centred, squares);
        }
        float factor = (float) (1 / Math.sqrt(Lanes.sum(squares) / (double) features + epsilon));
        for (int i = 0; i < features; i++) {
            x[row + i] = (x[row + i] - pivot - mean) * factor * weight[i] + bias[i];
        }
    }
}

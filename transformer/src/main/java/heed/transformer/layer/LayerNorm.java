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
import org.jspecify.annotations.Nullable;

/**
 * {@code y = (x − mean) / √(variance + ε) · weight + bias} over the features of a token (Ba et al.
 * 2016).
 */
public final class LayerNorm {
    private static final int ROWS_PER_TASK = 64;

    private final float[] weight;
    private final float[] bias;
    private final double epsilon;
    private final @Nullable Learnt learnt;

    private record Learnt(Parameter weight, Parameter bias) {}

    /**
     * What a training pass keeps of each row, for up to so many: its mean and 1 / √(variance + ε).
     */
    public static final class Saved {
        private final float[] mean;
        private final float[] factor;

        public Saved(int rows) {
            mean = new float[rows];
            factor = new float[rows];
        }
    }

    private LayerNorm(float[] weight, float[] bias, double epsilon, @Nullable Learnt learnt) {
        this.weight = weight;
        this.bias = bias;
        this.epsilon = epsilon;
        this.learnt = learnt;
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
                epsilon,
                null);
    }

    /** A layer that is learnt: {@code weight [features]} and {@code bias [features]}. */
    public static LayerNorm trained(Parameters parameters, int features, double epsilon) {
        Parameter weight = parameters.get("weight", features);
        Parameter bias = parameters.get("bias", features);
        return new LayerNorm(weight.value(), bias.value(), epsilon, new Learnt(weight, bias));
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
        byRows(x.length / weight.length, row -> normalize(x, x, row, null));
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
                x.length / weight.length,
                row -> {
                    int at = row * weight.length;
                    for (int i = at; i < at + weight.length; i++) {
                        x[i] += residual[i];
                    }
                    normalize(x, x, row, null);
                });
    }

    private void check(float[] x) {
        if (x.length % weight.length != 0) {
            throw new IllegalArgumentException(
                    "%d elements are not rows of %d features".formatted(x.length, weight.length));
        }
    }

    /** Calls with the number of each row. */
    private static void byRows(int rows, IntConsumer body) {
        ThreadTeam.run(
                ThreadTeam.defaultThreads(),
                tasks(rows),
                () ->
                        task -> {
                            int end = Math.min(rows, (task + 1) * ROWS_PER_TASK);
                            for (int row = task * ROWS_PER_TASK; row < end; row++) {
                                body.accept(row);
                            }
                        });
    }

    private static int tasks(int rows) {
        return (rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
    }

    /**
     * Normalises the first n rows of x, and keeps what {@link #backward} needs.
     *
     * @param x {@code [n, features]}
     * @param y {@code [n, features]}; overwritten
     */
    public void forward(float[] x, int n, Saved saved, float[] y) {
        byRows(n, row -> normalize(x, y, row, saved));
    }

    /**
     * Passes over a row, whose first feature is subtracted from all, lest a mean far from zero cost
     * precision: 1. mean; 2. variance; 3. scaled and shifted.
     */
    private void normalize(float[] x, float[] y, int row, @Nullable Saved saved) {
        int features = weight.length;
        int at = row * features;
        int whole = FLOATS.loopBound(features);
        VectorMask<Float> rest = FLOATS.indexInRange(whole, features);
        float pivot = x[at];
        FloatVector last = FloatVector.fromArray(FLOATS, x, at + whole, rest).sub(pivot, rest);
        FloatVector sum = last;
        for (int i = at; i < at + whole; i += WIDTH) {
            sum = sum.add(FloatVector.fromArray(FLOATS, x, i).sub(pivot));
        }
        float mean = Lanes.sum(sum) / features;
        FloatVector centred = last.sub(mean, rest);
        FloatVector squares = centred.mul(centred);
        for (int i = at; i < at + whole; i += WIDTH) {
            centred = FloatVector.fromArray(FLOATS, x, i).sub(pivot).sub(mean);
            squares = centred.fma(centred, squares);
        }
        float factor = (float) (1 / Math.sqrt(Lanes.sum(squares) / (double) features + epsilon));
        for (int i = 0; i < features; i++) {
            y[at + i] = (x[at + i] - pivot - mean) * factor * weight[i] + bias[i];
        }
        if (saved != null) {
            saved.mean[row] = pivot + mean;
            saved.factor[row] = factor;
        }
    }

    /**
     * The gradients of {@link #forward}, with {@code x̂ = (x − mean) · factor} and {@code g = dy ∘
     * weight}: {@code dx += factor · (g − mean(g) − x̂ · mean(g ∘ x̂))}, {@code dweight += Σ dy ∘
     * x̂}, {@code dbias += Σ dy}.
     *
     * <p>Blocks of rows are summed up apart, then in order, whatever the number of threads.
     *
     * @param x {@code [n, features]}: what the forward pass read
     * @param dy {@code [n, features]}
     * @param dx {@code [n, features]}, which is added to
     * @throws IllegalStateException if the layer is not learnt
     */
    public void backward(float[] x, int n, Saved saved, float[] dy, float[] dx) {
        if (learnt == null) {
            throw new IllegalStateException("a layer norm that is not learnt has no gradients");
        }
        int features = weight.length;
        float[][] sums = new float[tasks(n)][2 * features];
        ThreadTeam.run(
                ThreadTeam.defaultThreads(),
                sums.length,
                () -> {
                    float[] means = new float[2];
                    return task -> {
                        int end = Math.min(n, (task + 1) * ROWS_PER_TASK);
                        for (int row = task * ROWS_PER_TASK; row < end; row++) {
                            int at = row * features;
                            float mean = saved.mean[row];
                            float factor = saved.factor[row];
                            addSums(x, at, mean, factor, dy, sums[task], means);
                            addGradient(x, at, mean, factor, dy, means, dx);
                        }
                    };
                });
        float[] dWeight = learnt.weight().gradient();
        float[] dBias = learnt.bias().gradient();
        for (float[] sum : sums) {
            for (int i = 0; i < features; i++) {
                dWeight[i] += sum[i];
                dBias[i] += sum[features + i];
            }
        }
    }

    /**
     * The first pass of the backward pass over a row: its part of {@code dweight} and {@code
     * dbias}.
     *
     * <p>Passes are methods of their own, since C1 runs out of registers on longer ones, and what
     * C1 has not profiled, C2 does not compile.
     *
     * @param sums {@code [2, features]}
     * @param means gets mean(g) and mean(g ∘ x̂)
     */
    private void addSums(
            float[] x, int at, float mean, float factor, float[] dy, float[] sums, float[] means) {
        int features = weight.length;
        FloatVector sumG = FloatVector.zero(FLOATS);
        FloatVector sumGx = FloatVector.zero(FLOATS);
        for (int i = 0; i < features; i += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(i, features);
            FloatVector d = FloatVector.fromArray(FLOATS, dy, at + i, inside);
            FloatVector normal =
                    FloatVector.fromArray(FLOATS, x, at + i, inside).sub(mean).mul(factor);
            FloatVector g = d.mul(FloatVector.fromArray(FLOATS, weight, i, inside));
            sumG = sumG.add(g);
            sumGx = g.fma(normal, sumGx);
            d.fma(normal, FloatVector.fromArray(FLOATS, sums, i, inside))
                    .intoArray(sums, i, inside);
            d.add(FloatVector.fromArray(FLOATS, sums, features + i, inside))
                    .intoArray(sums, features + i, inside);
        }
        means[0] = Lanes.sum(sumG) / features;
        means[1] = Lanes.sum(sumGx) / features;
    }

    /** The second pass: {@code dx += factor · (g − mean(g) − x̂ · mean(g ∘ x̂))}. */
    private void addGradient(
            float[] x, int at, float mean, float factor, float[] dy, float[] means, float[] dx) {
        int features = weight.length;
        float meanG = means[0];
        float meanGx = means[1];
        for (int i = 0; i < features; i++) {
            float normal = (x[at + i] - mean) * factor;
            dx[at + i] += factor * (dy[at + i] * weight[i] - meanG - normal * meanGx);
        }
    }
}

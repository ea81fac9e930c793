package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Lanes;
import heed.simd.Tasks;
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
     * What a training pass keeps of each row, for up to so many: its mean, less its first feature,
     * and 1 / √(variance + ε).
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
     * Takes {@code weight [features]} and {@code bias [features]}.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static LayerNorm of(Weights weights, int features, double epsilon)
            throws CheckpointException {
        return new LayerNorm(
                weights.get("weight", features), weights.get("bias", features), epsilon, null);
    }

    /**
     * Takes {@code weight [features]}; there is no bias.
     *
     * @throws CheckpointException if it is missing or of another shape
     */
    public static LayerNorm withoutBias(Weights weights, int features, double epsilon)
            throws CheckpointException {
        return new LayerNorm(weights.get("weight", features), new float[features], epsilon, null);
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
        byRows(RowRange.first(x.length / weight.length), row -> normalize(x, x, row, null));
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
                RowRange.first(x.length / weight.length),
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
    private static void byRows(RowRange rows, IntConsumer body) {
        int first = rows.first();
        int end = first + rows.count();
        ThreadTeam.run(
                ThreadTeam.defaultThreads(),
                (rows.count() + ROWS_PER_TASK - 1) / ROWS_PER_TASK,
                () ->
                        task -> {
                            int from = first + task * ROWS_PER_TASK;
                            for (int row = from; row < Math.min(end, from + ROWS_PER_TASK); row++) {
                                body.accept(row);
                            }
                        });
    }

    /**
     * Normalises some rows of x, and keeps what {@link #backward} needs.
     *
     * @param x {@code [n, features]}
     * @param y {@code [n, features]}; overwritten in these rows
     */
    public void forward(float[] x, RowRange rows, Saved saved, float[] y) {
        byRows(rows, row -> normalize(x, y, row, saved));
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
        write(x, at, pivot, mean, factor, y);
        if (saved != null) {
            saved.mean[row] = mean;
            saved.factor[row] = factor;
        }
    }

    private void write(float[] x, int at, float pivot, float mean, float factor, float[] y) {
        int features = weight.length;
        int whole = FLOATS.loopBound(features);
        for (int i = 0; i < whole; i += WIDTH) {
            FloatVector.fromArray(FLOATS, x, at + i)
                    .sub(pivot)
                    .sub(mean)
                    .mul(factor)
                    .mul(FloatVector.fromArray(FLOATS, weight, i))
                    .add(FloatVector.fromArray(FLOATS, bias, i))
                    .intoArray(y, at + i);
        }
        for (int i = whole; i < features; i++) {
            y[at + i] = (x[at + i] - pivot - mean) * factor * weight[i] + bias[i];
        }
    }

    /**
     * The gradient of {@link #forward} by x, with {@code x̂ = (x − mean) · factor} and {@code g =
     * dy ∘ weight}: {@code dx += factor · (g − mean(g) − x̂ · mean(g ∘ x̂))}; and y once more, so
     * that nobody has to keep it.
     *
     * @param x {@code [n, features]}: what the forward pass read
     * @param dy {@code [n, features]}
     * @param dx {@code [n, features]}, which is added to in these rows
     * @param y {@code [n, features]}; overwritten in these rows
     */
    public void backward(float[] x, RowRange rows, Saved saved, float[] dy, float[] dx, float[] y) {
        byRows(
                rows,
                row -> {
                    int at = row * weight.length;
                    float pivot = x[at];
                    float mean = saved.mean[row];
                    float factor = saved.factor[row];
                    addGradient(x, at, pivot, mean, factor, dy, dx);
                    write(x, at, pivot, mean, factor, y);
                });
    }

    /** Passes over a row: 1. mean(g) and mean(g ∘ x̂); 2. the gradient. */
    private void addGradient(
            float[] x, int at, float pivot, float mean, float factor, float[] dy, float[] dx) {
        int features = weight.length;
        int whole = FLOATS.loopBound(features);
        FloatVector sumG = FloatVector.zero(FLOATS);
        FloatVector sumGx = FloatVector.zero(FLOATS);
        for (int i = 0; i < whole; i += WIDTH) {
            FloatVector centred = FloatVector.fromArray(FLOATS, x, at + i).sub(pivot).sub(mean);
            FloatVector g =
                    FloatVector.fromArray(FLOATS, dy, at + i)
                            .mul(FloatVector.fromArray(FLOATS, weight, i));
            sumG = sumG.add(g);
            sumGx = g.fma(centred, sumGx);
        }
        float meanG = Lanes.sum(sumG);
        float meanGx = Lanes.sum(sumGx);
        for (int i = whole; i < features; i++) {
            float g = dy[at + i] * weight[i];
            meanG += g;
            meanGx += g * (x[at + i] - pivot - mean);
        }
        meanG /= features;
        meanGx *= factor / features;
        for (int i = 0; i < whole; i += WIDTH) {
            FloatVector normal =
                    FloatVector.fromArray(FLOATS, x, at + i).sub(pivot).sub(mean).mul(factor);
            FloatVector.fromArray(FLOATS, dy, at + i)
                    .mul(FloatVector.fromArray(FLOATS, weight, i))
                    .sub(meanG)
                    .sub(normal.mul(meanGx))
                    .mul(factor)
                    .add(FloatVector.fromArray(FLOATS, dx, at + i))
                    .intoArray(dx, at + i);
        }
        for (int i = whole; i < features; i++) {
            float normal = (x[at + i] - pivot - mean) * factor;
            dx[at + i] += factor * (dy[at + i] * weight[i] - meanG - normal * meanGx);
        }
    }

    /**
     * The gradients of {@link #forward} by the parameters: {@code dweight += Σ dy ∘ x̂}, {@code
     * dbias += Σ dy}.
     *
     * @param x {@code [n, features]}: what the forward pass read
     * @param dy {@code [n, features]}
     * @return what adds them to the gradients of the parameters
     * @throws IllegalStateException if the layer is not learnt
     */
    public ParameterGradients gradients(float[] x, int n, Saved saved, float[] dy) {
        Learnt parameters = learnt;
        if (parameters == null) {
            throw new IllegalStateException("a layer norm that is not learnt has no gradients");
        }
        float[] dWeight = parameters.weight().gradient();
        float[] dBias = parameters.bias().gradient();
        return new ParameterGradients(
                new Tasks(
                        (weight.length + WIDTH - 1) / WIDTH,
                        () ->
                                task -> {
                                    for (int from = 0; from < n; from += ROWS_PER_TASK) {
                                        int to = Math.min(n, from + ROWS_PER_TASK);
                                        addUp(x, from, to, saved, dy, task * WIDTH, dWeight, dBias);
                                    }
                                }));
    }

    /** Adds what a block of rows gives to one vector of each gradient. */
    private void addUp(
            float[] x,
            int fromRow,
            int toRow,
            Saved saved,
            float[] dy,
            int column,
            float[] dWeight,
            float[] dBias) {
        int features = weight.length;
        VectorMask<Float> inside = FLOATS.indexInRange(column, features);
        FloatVector sum = FloatVector.zero(FLOATS);
        FloatVector sumX = FloatVector.zero(FLOATS);
        for (int row = fromRow, at = fromRow * features + column;
                row < toRow;
                row++, at += features) {
            FloatVector d = FloatVector.fromArray(FLOATS, dy, at, inside);
            sum = sum.add(d);
            sumX =
                    FloatVector.fromArray(FLOATS, x, at, inside)
                            .sub(x[at - column])
                            .sub(saved.mean[row])
                            .mul(saved.factor[row])
                            .fma(d, sumX);
        }
        sum.add(FloatVector.fromArray(FLOATS, dBias, column, inside))
                .intoArray(dBias, column, inside);
        sumX.add(FloatVector.fromArray(FLOATS, dWeight, column, inside))
                .intoArray(dWeight, column, inside);
    }
}

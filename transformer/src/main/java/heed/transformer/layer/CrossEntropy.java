package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Exp2;
import heed.simd.Lanes;
import heed.simd.ThreadTeam;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The cross-entropy of the tokens that follow, fused with the output layer and the softmax: {@code
 * loss_i = ln Σ_j exp(z[i,j]) − z[i,target_i]} with logits {@code z = x W}.
 *
 * <p>Logits are made for a block of rows at a time and become their own gradient there, {@code
 * dz[i,j] = scale · (softmax(z_i)[j] − [j = target_i])}: memory does not grow with tokens ×
 * vocabulary.
 */
public final class CrossEntropy {
    /** Logits of a block of rows at most, but one row at least. */
    public static final int BLOCK_LOGITS = 1 << 20;

    private static final float LOG2_E = (float) (1 / Math.log(2));
    private static final int ROWS_PER_TASK = 32;

    private final Linear output;
    private final int rows;
    private final float[] x;
    private final float[] dx;
    private final float[] logits;
    private final double[] losses;

    /**
     * @param output a layer that is learnt, {@code [features, vocabulary]}
     * @param tokens rows that there may be at most
     */
    public CrossEntropy(Linear output, int tokens) {
        this.output = output;
        this.rows = Math.clamp(BLOCK_LOGITS / output.out(), 1, Math.max(1, tokens));
        this.x = new float[rows * output.in()];
        this.dx = new float[rows * output.in()];
        this.logits = new float[Math.multiplyExact(rows, output.out())];
        this.losses = new double[rows];
    }

    /**
     * The sum of the losses, in nats.
     *
     * @param hidden {@code [n, features]}
     * @param targets the token that follows on each
     */
    public double forward(float[] hidden, int n, int[] targets) {
        return run(hidden, n, targets, 0, null);
    }

    /**
     * The same with the gradients of {@code scale · Σ loss}: those of the output layer are added to
     * what is there.
     *
     * @param dHidden {@code [n, features]}; overwritten
     */
    public double backward(float[] hidden, int n, int[] targets, float scale, float[] dHidden) {
        return run(hidden, n, targets, scale, dHidden);
    }

    private double run(
            float[] hidden, int n, int[] targets, float scale, float @Nullable [] dHidden) {
        int features = output.in();
        double sum = 0;
        for (int first = 0; first < n; first += rows) {
            int from = first;
            int count = Math.min(rows, n - first);
            System.arraycopy(hidden, first * features, x, 0, count * features);
            output.forward(x, RowRange.first(count), logits);
            ThreadTeam.run(
                    ThreadTeam.defaultThreads(),
                    (count + ROWS_PER_TASK - 1) / ROWS_PER_TASK,
                    () ->
                            task -> {
                                int end = Math.min(count, (task + 1) * ROWS_PER_TASK);
                                for (int r = task * ROWS_PER_TASK; r < end; r++) {
                                    losses[r] = row(r * output.out(), targets[from + r], scale);
                                }
                            });
            sum += DoubleStream.of(Arrays.copyOf(losses, count)).sum();
            if (dHidden != null) {
                output.backward(logits, RowRange.first(count), false, dx);
                ParameterGradients.add(List.of(output.gradients(x, logits, count)));
                System.arraycopy(dx, 0, dHidden, first * features, count * features);
            }
        }
        return sum;
    }

    /**
     * Passes over a row of logits z: 1. the largest; 2. {@code e^(z − largest)} in their place, and
     * the sum; 3. the gradient in their place.
     */
    private double row(int at, int target, float scale) {
        int end = at + output.out();
        float targetLogit = logits[at + target];
        FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = at; i < end; i += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(i, end);
            FloatVector z = FloatVector.fromArray(FLOATS, logits, i, inside);
            largest = largest.lanewise(VectorOperators.MAX, z, inside);
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int i = at; i < end; i += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(i, end);
            FloatVector z = FloatVector.fromArray(FLOATS, logits, i, inside);
            FloatVector power = Exp2.exp2(z.sub(max).mul(LOG2_E));
            power.intoArray(logits, i, inside);
            sums = sums.add(power, inside);
        }
        float sum = Lanes.sum(sums);
        float factor = scale / sum;
        for (int i = at; i < end; i += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(i, end);
            FloatVector.fromArray(FLOATS, logits, i, inside)
                    .mul(factor)
                    .intoArray(logits, i, inside);
        }
        logits[at + target] -= scale;
        return Math.log(sum) + max - targetLogit;
    }
}

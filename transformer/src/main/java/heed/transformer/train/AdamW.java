package heed.transformer.train;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Lanes;
import heed.simd.ThreadTeam;
import heed.transformer.layer.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * AdamW (Loshchilov &amp; Hutter 2019, alg. 2): {@code m ← β₁ m + (1 − β₁) g}, {@code v ← β₂ v + (1
 * − β₂) g²}, {@code θ ← θ − η (m̂ / (√v̂ + ε) + λ θ)} with {@code m̂ = m / (1 − β₁ᵗ)} and {@code v̂
 * = v / (1 − β₂ᵗ)}. Tensors of one dimension, which are biases and norms, do not decay.
 */
public final class AdamW {
    private static final int ELEMENTS_PER_TASK = 1 << 14;

    /** What PyTorch adds to a norm that it divides by. */
    private static final double CLIP_EPSILON = 1e-6;

    private final List<Slot> slots = new ArrayList<>();
    private final List<Part> parts = new ArrayList<>();
    private final Settings settings;
    private int steps;

    /**
     * How to learn.
     *
     * @param beta1 β₁, of the mean of the gradients
     * @param beta2 β₂, of the mean of their squares
     * @param epsilon ε
     * @param weightDecay λ
     * @param maxGradientNorm longer gradients are shortened to it; {@link Double#POSITIVE_INFINITY}
     *     for no such limit
     */
    public record Settings(
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            double maxGradientNorm) {

        /**
         * @throws IllegalArgumentException if a setting is outside of its range
         */
        public Settings {
            check(beta1 >= 0 && beta1 < 1, "β₁", beta1, "at least 0 and less than 1");
            check(beta2 >= 0 && beta2 < 1, "β₂", beta2, "at least 0 and less than 1");
            check(epsilon > 0 && epsilon < 1, "ε", epsilon, "more than 0 and less than 1");
            check(
                    weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY,
                    "weight decay",
                    weightDecay,
                    "0 or more");
            check(maxGradientNorm > 0, "gradient norm", maxGradientNorm, "more than 0");
        }

        private static void check(boolean condition, String what, double value, String range) {
            if (!condition) {
                throw new IllegalArgumentException(
                        "%s must be %s, not %s".formatted(what, range, value));
            }
        }
    }

    /**
     * What is known of a parameter.
     *
     * @param mean m
     * @param square v
     */
    record Slot(Parameter parameter, float[] mean, float[] square) {
        boolean decays() {
            return parameter.shape().size() > 1;
        }
    }

    /** The elements that one task steps over. */
    private record Part(Slot slot, int from, int to) {}

    public AdamW(Collection<Parameter> parameters, Settings settings) {
        this.settings = settings;
        for (Parameter parameter : parameters) {
            int length = parameter.value().length;
            Slot slot = new Slot(parameter, new float[length], new float[length]);
            slots.add(slot);
            for (int from = 0; from < length; from += ELEMENTS_PER_TASK) {
                parts.add(new Part(slot, from, Math.min(length, from + ELEMENTS_PER_TASK)));
            }
        }
    }

    /** What is known of each parameter, in order: to be written down and restored. */
    List<Slot> slots() {
        return slots;
    }

    /** Steps that were taken. */
    public int steps() {
        return steps;
    }

    /** Goes on from what {@link #slots} was restored to. */
    void restore(int steps) {
        this.steps = steps;
    }

    /**
     * Takes a step against the gradients of all parameters, shortened if they are too long
     * together, and makes them 0.
     *
     * @param learningRate η
     * @return the norm of the gradients before; where it is not finite, nothing has changed
     */
    public double step(double learningRate) {
        double norm = norm();
        if (!Double.isFinite(norm)) {
            return norm;
        }
        steps++;
        float clip = (float) Math.min(1, settings.maxGradientNorm() / (norm + CLIP_EPSILON));
        double correction1 = 1 - Math.pow(settings.beta1(), steps);
        double correction2 = 1 - Math.pow(settings.beta2(), steps);
        Step step =
                new Step(
                        clip,
                        (float) settings.beta1(),
                        (float) (1 - settings.beta1()),
                        (float) settings.beta2(),
                        (float) (1 - settings.beta2()),
                        (float) (1 / Math.sqrt(correction2)),
                        (float) settings.epsilon(),
                        (float) (-learningRate / correction1),
                        (float) (1 - learningRate * settings.weightDecay()));
        forEachPart(i -> step(parts.get(i), step));
        slots.forEach(slot -> slot.parameter().changed());
        return norm;
    }

    /** Numbers that all elements share. */
    private record Step(
            float clip,
            float beta1,
            float oneMinusBeta1,
            float beta2,
            float oneMinusBeta2,
            float rootCorrection,
            float epsilon,
            float minusRate,
            float kept) {}

    private static void step(Part part, Step step) {
        float[] value = part.slot().parameter().value();
        float[] gradient = part.slot().parameter().gradient();
        float[] mean = part.slot().mean();
        float[] square = part.slot().square();
        float kept = part.slot().decays() ? step.kept() : 1;
        for (int i = part.from(); i < part.to(); i += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(i, part.to());
            FloatVector g = FloatVector.fromArray(FLOATS, gradient, i, inside).mul(step.clip());
            FloatVector m =
                    FloatVector.fromArray(FLOATS, mean, i, inside)
                            .mul(step.beta1())
                            .add(g.mul(step.oneMinusBeta1()));
            FloatVector v =
                    FloatVector.fromArray(FLOATS, square, i, inside)
                            .mul(step.beta2())
                            .add(g.mul(g).mul(step.oneMinusBeta2()));
            FloatVector root = v.sqrt().mul(step.rootCorrection()).add(step.epsilon());
            m.intoArray(mean, i, inside);
            v.intoArray(square, i, inside);
            FloatVector.fromArray(FLOATS, value, i, inside)
                    .mul(kept)
                    .add(m.mul(step.minusRate()).div(root))
                    .intoArray(value, i, inside);
        }
        Arrays.fill(gradient, part.from(), part.to(), 0);
    }

    /** Parts are summed up apart, then in order, whatever the number of threads. */
    private double norm() {
        double[] squares = new double[parts.size()];
        forEachPart(
                i -> {
                    Part part = parts.get(i);
                    float[] gradient = part.slot().parameter().gradient();
                    double sum = 0;
                    for (int from = part.from(); from < part.to(); from += 16 * WIDTH) {
                        sum += squares(gradient, from, Math.min(part.to(), from + 16 * WIDTH));
                    }
                    squares[i] = sum;
                });
        double sum = 0;
        for (double square : squares) {
            sum += square;
        }
        return Math.sqrt(sum);
    }

    private static float squares(float[] gradient, int from, int to) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = from; i < to; i += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(i, to);
            FloatVector g = FloatVector.fromArray(FLOATS, gradient, i, inside);
            sum = g.fma(g, sum);
        }
        return Lanes.sum(sum);
    }

    private void forEachPart(IntConsumer body) {
        ThreadTeam.run(ThreadTeam.defaultThreads(), parts.size(), () -> body);
    }
}

package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Exp2;
import heed.simd.Tanh;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** A function of each feature by itself, between two linear layers, and its derivative. */
public enum Activation {
    NONE {
        @Override
        FloatVector of(FloatVector x) {
            return x;
        }

        @Override
        FloatVector slope(FloatVector x) {
            return FloatVector.broadcast(FLOATS, 1);
        }

        @Override
        void apply(float[] x, int from, int to) {}
    },
    /** {@link Gelu}. */
    GELU {
        @Override
        FloatVector of(FloatVector x) {
            return Gelu.gelu(x);
        }

        @Override
        FloatVector slope(FloatVector x) {
            return Gelu.slope(x);
        }
    },
    /**
     * {@code x/2 · (1 + tanh u)} with {@code u = √(2/π) (x + 0.044715 x³)}, as GPT-2 has it, which
     * is {@code x s} with {@code s = 1 / (1 + e^−2u)}.
     */
    GELU_TANH {
        @Override
        FloatVector of(FloatVector x) {
            return x.mul(s(power(x)));
        }

        @Override
        FloatVector slope(FloatVector x) {
            FloatVector power = power(x);
            return slope(x, power, s(power));
        }

        // s + x s (1 − s) 2u′. Where 1 − s is small, e^−2u s says it more precisely than a
        // difference does.
        private FloatVector slope(FloatVector x, FloatVector power, FloatVector s) {
            FloatVector du = x.mul(x).mul(3 * CUBIC).add(1).mul(2 * SQRT_2_OVER_PI);
            return power.mul(s).mul(s).mul(x).fma(du, s);
        }

        // With one power for both.
        @Override
        void backward(float[] x, float[] dy, int i, float[] y) {
            FloatVector value = FloatVector.fromArray(FLOATS, x, i);
            FloatVector power = power(value);
            FloatVector s = s(power);
            slope(value, power, s).mul(FloatVector.fromArray(FLOATS, dy, i)).intoArray(dy, i);
            value.mul(s).intoArray(y, i);
        }

        private FloatVector s(FloatVector power) {
            return FloatVector.broadcast(FLOATS, 1).div(power.add(1));
        }

        // e^−2u
        private FloatVector power(FloatVector x) {
            FloatVector exponent =
                    x.mul(x).mul(CUBIC).add(1).mul(x).mul(-2 * SQRT_2_OVER_PI * LOG2_E);
            return Exp2.exp2(exponent.min(MOST));
        }
    },
    /** {@code x / (1 + e^−x) = x/2 · (1 + tanh(x/2))} (Elfwing et al. 2017). */
    SILU {
        @Override
        FloatVector of(FloatVector x) {
            FloatVector half = x.mul(0.5f);
            return Tanh.tanh(half).fma(half, half);
        }

        // s (1 + x (1 − s)) with s = 1 / (1 + e^−x)
        @Override
        FloatVector slope(FloatVector x) {
            FloatVector s = Tanh.tanh(x.mul(0.5f)).add(1).mul(0.5f);
            return s.neg().add(1).mul(x).add(1).mul(s);
        }
    };

    private static final float SQRT_2_OVER_PI = (float) Math.sqrt(2 / Math.PI);
    private static final float CUBIC = 0.044715f;
    private static final float LOG2_E = (float) (1 / Math.log(2));

    /** The largest power of 2 that is computed. */
    private static final float MOST = 126;

    abstract FloatVector of(FloatVector x);

    /** Its derivative. */
    abstract FloatVector slope(FloatVector x);

    /** {@link #backward} of a vector from i on. */
    void backward(float[] x, float[] dy, int i, float[] y) {
        FloatVector value = FloatVector.fromArray(FLOATS, x, i);
        slope(value).mul(FloatVector.fromArray(FLOATS, dy, i)).intoArray(dy, i);
        of(value).intoArray(y, i);
    }

    /** Applies it to the elements {@code from … to − 1}, in place. */
    void apply(float[] x, int from, int to) {
        apply(x, from, to, x);
    }

    /** {@code y[i] = f(x[i])} for {@code from ≤ i < to}. */
    void apply(float[] x, int from, int to, float[] y) {
        int i = from;
        for (; i <= to - WIDTH; i += WIDTH) {
            of(FloatVector.fromArray(FLOATS, x, i)).intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> rest = FLOATS.indexInRange(i, to);
            of(FloatVector.fromArray(FLOATS, x, i, rest)).intoArray(y, i, rest);
        }
    }

    /**
     * The gradient of x in the place of y's, {@code dy[i] *= f′(x[i])}, and {@code y[i] = f(x[i])}
     * once more, for {@code from ≤ i < to}.
     */
    void backward(float[] x, float[] dy, int from, int to, float[] y) {
        int i = from;
        for (; i <= to - WIDTH; i += WIDTH) {
            backward(x, dy, i, y);
        }
        if (i < to) {
            VectorMask<Float> rest = FLOATS.indexInRange(i, to);
            FloatVector value = FloatVector.fromArray(FLOATS, x, i, rest);
            slope(value).mul(FloatVector.fromArray(FLOATS, dy, i, rest)).intoArray(dy, i, rest);
            of(value).intoArray(y, i, rest);
        }
    }
}

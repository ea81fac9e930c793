package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Tanh;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** A function of each feature by itself, between two linear layers. */
public enum Activation {
    NONE {
        @Override
        FloatVector of(FloatVector x) {
            return x;
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
    },
    /** {@code x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))}, as GPT-2 has it. */
    GELU_TANH {
        @Override
        FloatVector of(FloatVector x) {
            FloatVector cubic = x.mul(x).mul(0.044715f).add(1);
            FloatVector tanh = Tanh.tanh(cubic.mul(x).mul(SQRT_2_OVER_PI));
            return tanh.add(1).mul(x).mul(0.5f);
        }
    },
    /** {@code x / (1 + e^−x) = x/2 · (1 + tanh(x/2))} (Elfwing et al. 2017). */
    SILU {
        @Override
        FloatVector of(FloatVector x) {
            FloatVector half = x.mul(0.5f);
            return Tanh.tanh(half).fma(half, half);
        }
    };

    private static final float SQRT_2_OVER_PI = (float) Math.sqrt(2 / Math.PI);

    abstract FloatVector of(FloatVector x);

    /** Applies it to the elements {@code from … to − 1}, in place. */
    void apply(float[] x, int from, int to) {
        int i = from;
        for (; i <= to - WIDTH; i += WIDTH) {
            of(FloatVector.fromArray(FLOATS, x, i)).intoArray(x, i);
        }
        if (i < to) {
            VectorMask<Float> rest = FLOATS.indexInRange(i, to);
            of(FloatVector.fromArray(FLOATS, x, i, rest)).intoArray(x, i, rest);
        }
    }
}

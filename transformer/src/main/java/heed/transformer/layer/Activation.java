package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Exp2;
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
    /** {@code x / (1 + e^−x)} (Elfwing et al. 2017). */
    SILU {
        @Override
        FloatVector of(FloatVector x) {
            FloatVector exponent = x.mul(-LOG2E).min(LARGEST_POWER);
            return x.div(Exp2.exp2(exponent).add(1));
        }
    };

    private static final float SQRT_2_OVER_PI = (float) Math.sqrt(2 / Math.PI);
    private static final float LOG2E = (float) (1 / Math.log(2));

    /** Beyond this 2^x is not to be computed; the quotient is 0 in single precision long before. */
    private static final float LARGEST_POWER = 126;

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

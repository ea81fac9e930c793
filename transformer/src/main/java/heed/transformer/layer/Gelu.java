package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;

import heed.simd.Exp2;
import jdk.incubator.vector.FloatVector;

/**
 * The Gaussian error linear unit {@code x · Φ(x) = x/2 · (1 + erf(x/√2))} (Hendrycks &amp; Gimpel
 * 2016).
 *
 * <p>erf is a rational minimax approximation, an odd polynomial over an even one on [−4, 4], beyond
 * which it is ±1 in single precision. The coefficients are those in common use (XLA, Eigen). The
 * error of the unit stays below {@code 2.5·10⁻⁷ |x|}.
 */
final class Gelu {
    private static final float LIMIT = 4;
    private static final float SQRT_HALF = (float) Math.sqrt(0.5);

    /** {@code e^(−x²/2) = 2^(x² · this)}. */
    private static final float HALF_LOG2_E = (float) (-0.5 / Math.log(2));

    private static final float ONE_OVER_SQRT_2_PI = (float) (1 / Math.sqrt(2 * Math.PI));

    /** Of each lane. */
    static FloatVector gelu(FloatVector x) {
        return erf(x.mul(SQRT_HALF)).add(1).mul(x).mul(0.5f);
    }

    /** The derivative of each lane: {@code Φ(x) + x φ(x)}. */
    static FloatVector slope(FloatVector x) {
        FloatVector density = Exp2.exp2(x.mul(x).mul(HALF_LOG2_E)).mul(ONE_OVER_SQRT_2_PI);
        return erf(x.mul(SQRT_HALF)).add(1).mul(0.5f).add(density.mul(x));
    }

    private static FloatVector erf(FloatVector value) {
        FloatVector x = value.max(-LIMIT).min(LIMIT);
        FloatVector x2 = x.mul(x);
        FloatVector p = x2.mul(-2.7261424e-10f).add(2.7706815e-8f);
        p = p.fma(x2, constant(-2.101024e-6f));
        p = p.fma(x2, constant(-5.6925062e-5f));
        p = p.fma(x2, constant(-7.3499064e-4f));
        p = p.fma(x2, constant(-2.9546e-3f));
        p = p.fma(x2, constant(-1.6096033e-2f));
        FloatVector q = x2.mul(-1.45660715e-5f).add(-2.1337405e-4f);
        q = q.fma(x2, constant(-1.682827e-3f));
        q = q.fma(x2, constant(-7.3733293e-3f));
        q = q.fma(x2, constant(-1.4264739e-2f));
        return x.mul(p).div(q);
    }

    private static FloatVector constant(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    private Gelu() {}
}

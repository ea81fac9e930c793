package heed.simd;

import static heed.simd.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;

/**
 * {@code tanh x} for vectors: a rational minimax approximation, an odd polynomial over an even one
 * on [−7.9, 7.9], beyond which it is ±1 in single precision. The coefficients are those in common
 * use (Eigen). Error within a few units in the last place.
 *
 * <p>{@code VectorOperators.TANH} would do, but compiled code computes it otherwise than the
 * interpreter does, and then the bits of a result depend on when it was computed.
 */
public final class Tanh {
    private static final float LIMIT = 7.905311f;

    public static FloatVector tanh(FloatVector value) {
        FloatVector x = value.max(-LIMIT).min(LIMIT);
        FloatVector x2 = x.mul(x);
        FloatVector p = constant(-2.7607684e-16f).fma(x2, constant(2.000188e-13f));
        p = p.fma(x2, constant(-8.604672e-11f));
        p = p.fma(x2, constant(5.1222973e-8f));
        p = p.fma(x2, constant(1.48572235e-5f));
        p = p.fma(x2, constant(6.3726195e-4f));
        p = p.fma(x2, constant(4.8935246e-3f));
        FloatVector q = constant(1.1982584e-6f).fma(x2, constant(1.1853471e-4f));
        q = q.fma(x2, constant(2.2684347e-3f));
        q = q.fma(x2, constant(4.893525e-3f));
        return x.mul(p).div(q);
    }

    private static FloatVector constant(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    private Tanh() {}
}

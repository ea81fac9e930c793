package heed.simd;

import static heed.simd.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@code 2^x} for vectors. Softmax needs no other exponential once its scores carry a factor log₂e.
 *
 * <p>Adding and subtracting 1.5 · 2²³ rounds x to an integer n, which the addition leaves in the
 * low bits of the sum; {@code 2^(x−n)} is a minimax polynomial of degree 6 on [−½, ½] (its
 * coefficients found by Remez' exchange); n is added to its exponent bits. Relative error below
 * 1.2·10⁻⁷, 2⁰ = 1 exactly.
 */
public final class Exp2 {
    private static final float ROUNDER = 0x1.8p23f;

    /** Bits of a float below its exponent. */
    private static final int MANTISSA_BITS = 23;

    /** Below this everything is 0: smaller powers are not normal numbers, and add nothing. */
    private static final float LEAST = -126;

    private static final float C1 = 0.6931472f;
    private static final float C2 = 0.24022646f;
    private static final float C3 = 0.055503286f;
    private static final float C4 = 0.009618489f;
    private static final float C5 = 0.001339993f;
    private static final float C6 = 1.5345812E-4f;

    /** {@code 2^x} for x below 127.5, undefined above; 0 for x &lt; −126, NaN for NaN. */
    public static FloatVector exp2(FloatVector x) {
        FloatVector shifted = x.add(ROUNDER);
        FloatVector f = x.sub(shifted.sub(ROUNDER));
        FloatVector power = FloatVector.broadcast(FLOATS, C6);
        power = power.fma(f, FloatVector.broadcast(FLOATS, C5));
        power = power.fma(f, FloatVector.broadcast(FLOATS, C4));
        power = power.fma(f, FloatVector.broadcast(FLOATS, C3));
        power = power.fma(f, FloatVector.broadcast(FLOATS, C2));
        power = power.fma(f, FloatVector.broadcast(FLOATS, C1));
        power = power.fma(f, FloatVector.broadcast(FLOATS, 1));
        IntVector n = shifted.reinterpretAsInts();
        return power.reinterpretAsInts()
                .add(n.lanewise(VectorOperators.LSHL, MANTISSA_BITS))
                .reinterpretAsFloats()
                .blend(0, x.compare(VectorOperators.LT, LEAST));
    }

    private Exp2() {}
}

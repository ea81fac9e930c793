package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.INTS;
import static heed.simd.Lanes.WIDTH;

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

    /**
     * {@code x[r][·] = 2^(x[r][·] − reference[·])}, and {@code sum[·] = Σ_r x[r][·]}, of columns of
     * a panel.
     *
     * <p>{@link #exp2} is written out twice: two vectors at a time, since with one a cache line
     * between two of them would be written twice in a row; and so that the method is too large to
     * be inlined, since where it was, C2 ran out of room for it and allocated its vectors as
     * objects.
     *
     * @param panel x, differences below 127.5
     * @param column first, a multiple of {@link Lanes#STRIP}
     * @param end behind the last, likewise
     * @return the largest {@code x − reference}, but 0 if that is negative, and NaN if one is NaN
     *     of positive sign: the bits of positive floats are in the order of integers, NaN last
     */
    public static float exp2Panel(
            Panel panel, int column, int end, float[] reference, float[] sum) {
        float[] x = panel.data();
        int rows = panel.rows();
        int stride = panel.stride();
        IntVector highest = IntVector.zero(INTS);
        for (int i = column; i < end; i += 2 * WIDTH) {
            FloatVector reference0 = FloatVector.fromArray(FLOATS, reference, i);
            FloatVector reference1 = FloatVector.fromArray(FLOATS, reference, i + WIDTH);
            FloatVector sum0 = FloatVector.zero(FLOATS);
            FloatVector sum1 = FloatVector.zero(FLOATS);
            for (int r = 0, at = panel.index(i); r < rows; r++, at += stride) {
                FloatVector x0 = FloatVector.fromArray(FLOATS, x, at).sub(reference0);
                FloatVector x1 = FloatVector.fromArray(FLOATS, x, at + WIDTH).sub(reference1);
                highest = highest.max(x0.reinterpretAsInts()).max(x1.reinterpretAsInts());
                FloatVector shifted0 = x0.add(ROUNDER);
                FloatVector shifted1 = x1.add(ROUNDER);
                FloatVector f0 = x0.sub(shifted0.sub(ROUNDER));
                FloatVector f1 = x1.sub(shifted1.sub(ROUNDER));
                FloatVector power0 = FloatVector.broadcast(FLOATS, C6);
                FloatVector power1 = power0;
                power0 = power0.fma(f0, FloatVector.broadcast(FLOATS, C5));
                power1 = power1.fma(f1, FloatVector.broadcast(FLOATS, C5));
                power0 = power0.fma(f0, FloatVector.broadcast(FLOATS, C4));
                power1 = power1.fma(f1, FloatVector.broadcast(FLOATS, C4));
                power0 = power0.fma(f0, FloatVector.broadcast(FLOATS, C3));
                power1 = power1.fma(f1, FloatVector.broadcast(FLOATS, C3));
                power0 = power0.fma(f0, FloatVector.broadcast(FLOATS, C2));
                power1 = power1.fma(f1, FloatVector.broadcast(FLOATS, C2));
                power0 = power0.fma(f0, FloatVector.broadcast(FLOATS, C1));
                power1 = power1.fma(f1, FloatVector.broadcast(FLOATS, C1));
                power0 = power0.fma(f0, FloatVector.broadcast(FLOATS, 1));
                power1 = power1.fma(f1, FloatVector.broadcast(FLOATS, 1));
                IntVector n0 = shifted0.reinterpretAsInts();
                IntVector n1 = shifted1.reinterpretAsInts();
                power0 =
                        power0.reinterpretAsInts()
                                .add(n0.lanewise(VectorOperators.LSHL, MANTISSA_BITS))
                                .reinterpretAsFloats()
                                .blend(0, x0.compare(VectorOperators.LT, LEAST));
                power1 =
                        power1.reinterpretAsInts()
                                .add(n1.lanewise(VectorOperators.LSHL, MANTISSA_BITS))
                                .reinterpretAsFloats()
                                .blend(0, x1.compare(VectorOperators.LT, LEAST));
                power0.intoArray(x, at);
                power1.intoArray(x, at + WIDTH);
                sum0 = sum0.add(power0);
                sum1 = sum1.add(power1);
            }
            sum0.intoArray(sum, i);
            sum1.intoArray(sum, i + WIDTH);
        }
        return Float.intBitsToFloat(highest.reduceLanes(VectorOperators.MAX));
    }

    private Exp2() {}
}

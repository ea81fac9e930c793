package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.INTS;
import static heed.simd.Lanes.SHORTS;
import static heed.simd.Lanes.WIDTH;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;

/**
 * bfloat16: the upper half of a float, with its range and 8 bits of precision; here the bits of a
 * short.
 */
public final class BFloat16 {
    private static final int HALF = 16;
    private static final int EXPONENT = 0x7F80;

    /** The bit that makes a NaN quiet: it keeps one whose other bits are cut off. */
    private static final int QUIET = 0x40;

    /** The nearest bfloat16, of two the even one; NaN stays NaN. */
    public static short round(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> HALF) | QUIET);
        }
        int lowestKept = (bits >>> HALF) & 1;
        return (short) ((bits + 0x7FFF + lowestKept) >>> HALF);
    }

    /** Whether it is neither NaN nor infinite. */
    public static boolean isFinite(short bits) {
        return (bits & EXPONENT) != EXPONENT;
    }

    /** The float of the same value. */
    public static float widen(short bits) {
        return Float.intBitsToFloat(bits << HALF);
    }

    /** Rounds {@code count} floats. */
    public static void round(float[] from, int fromIndex, short[] to, int toIndex, int count) {
        for (int i = 0; i < count; i++) {
            to[toIndex + i] = round(from[fromIndex + i]);
        }
    }

    /** Widens {@code count} bfloat16. */
    public static void widen(short[] from, int fromIndex, float[] to, int toIndex, int count) {
        int whole = FLOATS.loopBound(count);
        int i = 0;
        for (; i < whole; i += WIDTH) {
            widened(from, fromIndex + i).intoArray(to, toIndex + i);
        }
        for (; i < count; i++) {
            to[toIndex + i] = widen(from[fromIndex + i]);
        }
    }

    /** A vector of floats of the same values as those from {@code index} on. */
    public static FloatVector widened(short[] from, int index) {
        return widened(ShortVector.fromArray(SHORTS, from, index));
    }

    /** The same of the first {@code count} values; 0 in the lanes behind them. */
    public static FloatVector widened(short[] from, int index, int count) {
        VectorMask<Short> inside = SHORTS.indexInRange(0, count);
        return widened(ShortVector.fromArray(SHORTS, from, index, inside));
    }

    private static FloatVector widened(ShortVector bits) {
        IntVector words = (IntVector) bits.convertShape(ZERO_EXTEND_S2I, INTS, 0);
        return words.lanewise(LSHL, HALF).reinterpretAsFloats();
    }

    private BFloat16() {}
}

package heed.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The vector species that all kernels use, and the width of the panels that they work on. */
public final class Lanes {
    /**
     * For tests alone: 128, 256 or 512 forces the width of a vector, so that one machine tests all.
     */
    private static final String FORCED_BITS = "heed.simd.bits";

    /** For tests alone: 16 or 32. */
    private static final String FORCED_REGISTERS = "heed.simd.registers";

    public static final VectorSpecies<Float> FLOATS = species();
    public static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, FLOATS.vectorShape());

    /** Half a vector of shorts: one for each float of a vector. */
    static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

    static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, FLOATS.vectorShape());

    /** Floats in a vector. */
    public static final int WIDTH = FLOATS.length();

    /**
     * Whether there are 32 vector registers: ARM has them at any width, x86 with AVX-512, whose
     * shorter vectors have them too.
     */
    static final boolean MANY_REGISTERS = hasManyRegisters();

    /** Floats in a row of a panel: a multiple of 4 vectors of any width. */
    public static final int PANEL = 64;

    /**
     * Floats in a row of a strip ({@link Panel}, {@link PackedMatrix}), which a tile of a product
     * is as wide as: 4 vectors with many registers, else 2. A right side that is packed in strips
     * is read from front to back.
     */
    public static final int STRIP = (MANY_REGISTERS ? 4 : 2) * WIDTH;

    private static final VectorShuffle<Float> BY_8 = rotation(8);
    private static final VectorShuffle<Float> BY_4 = rotation(4);
    private static final VectorShuffle<Float> BY_2 = rotation(2);
    private static final VectorShuffle<Float> BY_1 = rotation(1);

    /**
     * The sum of the lanes, in a fixed order. {@code reduceLanes} leaves the order open, and
     * compiled code takes another one than the interpreter does.
     */
    public static float sum(FloatVector v) {
        FloatVector folded = v;
        if (WIDTH >= 16) {
            folded = folded.add(folded.rearrange(BY_8));
        }
        if (WIDTH >= 8) {
            folded = folded.add(folded.rearrange(BY_4));
        }
        folded = folded.add(folded.rearrange(BY_2));
        return folded.add(folded.rearrange(BY_1)).lane(0);
    }

    /** {@code Σ a[i] b[j]} over {@code count} elements of each, in a fixed order. */
    public static float dot(float[] a, int aFrom, float[] b, int bFrom, int count) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= count - WIDTH; i += WIDTH) {
            sum =
                    FloatVector.fromArray(FLOATS, a, aFrom + i)
                            .fma(FloatVector.fromArray(FLOATS, b, bFrom + i), sum);
        }
        if (i < count) {
            VectorMask<Float> rest = FLOATS.indexInRange(i, count);
            sum =
                    FloatVector.fromArray(FLOATS, a, aFrom + i, rest)
                            .fma(FloatVector.fromArray(FLOATS, b, bFrom + i, rest), sum);
        }
        return sum(sum);
    }

    /** Whether elements {@code from … to − 1} hold no NaN and nothing infinite. */
    public static boolean areFinite(float[] x, int from, int to) {
        // x · 0 is 0 where x is finite, else NaN.
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector sum = zero;
        int i = from;
        for (; i <= to - WIDTH; i += WIDTH) {
            sum = FloatVector.fromArray(FLOATS, x, i).fma(zero, sum);
        }
        if (i < to) {
            VectorMask<Float> rest = FLOATS.indexInRange(i, to);
            sum = FloatVector.fromArray(FLOATS, x, i, rest).fma(zero, sum);
        }
        return sum.compare(VectorOperators.EQ, zero).allTrue();
    }

    private static VectorShuffle<Float> rotation(int by) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane + by) % WIDTH);
    }

    private static boolean hasManyRegisters() {
        String forced = System.getProperty(FORCED_REGISTERS);
        if (forced != null) {
            return forced.equals("32");
        }
        String machine = System.getProperty("os.arch", "");
        boolean x86 = machine.equals("amd64") || machine.equals("x86_64") || machine.equals("x86");
        return !x86 || FloatVector.SPECIES_PREFERRED.vectorBitSize() >= 512;
    }

    private static VectorSpecies<Float> species() {
        Integer bits = Integer.getInteger(FORCED_BITS);
        VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
        if (bits == null) {
            // A wider vector would not divide a panel.
            return preferred.vectorBitSize() > 512 ? FloatVector.SPECIES_512 : preferred;
        }
        return VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    private Lanes() {}
}

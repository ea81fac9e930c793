package heed.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector species that all kernels use, and the width of the panels that they work on. */
public final class Lanes {
    /**
     * For tests alone: 128, 256 or 512 forces the width of a vector, so that one machine tests all.
     */
    private static final String FORCED_BITS = "heed.simd.bits";

    public static final VectorSpecies<Float> FLOATS = species();
    public static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, FLOATS.vectorShape());

    /** Floats in a vector. */
    public static final int WIDTH = FLOATS.length();

    /** Vector registers: AVX-512 and the 128-bit units of ARM have 32, older x86 has 16. */
    static final int REGISTERS = FLOATS.vectorBitSize() == 256 ? 16 : 32;

    /** Floats in a row of a panel: a multiple of 4 vectors of any width. */
    public static final int PANEL = 64;

    /** The smallest multiple of {@link #PANEL} that is not less than {@code n}. */
    public static int roundUpToPanel(int n) {
        return (n + PANEL - 1) / PANEL * PANEL;
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

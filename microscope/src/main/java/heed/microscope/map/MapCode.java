package heed.microscope.map;

/**
 * A weight in 8 bits: 0 is hidden by the mask, 1 is below {@code 2⁻²⁴}, and 2 … 255 are powers of 2
 * in equal steps of 24/253 from there to 1, each 7 % above the one before. A larger weight never
 * has a smaller code, so the largest of codes is the code of the largest.
 */
public final class MapCode {
    /** What the mask hides. */
    public static final int HIDDEN = 0;

    private static final int BELOW = 1;
    private static final int FIRST = 2;
    private static final int LAST = 255;
    private static final int OCTAVES = 24;
    private static final double STEPS_PER_OCTAVE = (LAST - FIRST) / (double) OCTAVES;
    private static final double LEAST = Math.pow(2, -OCTAVES);

    /** The code of a weight that is not hidden. */
    public static int of(double weight) {
        if (!(weight >= LEAST)) {
            return BELOW;
        }
        double octaves = Math.log(weight) / Math.log(2) + OCTAVES;
        return Math.min(LAST, FIRST + (int) Math.rint(octaves * STEPS_PER_OCTAVE));
    }

    /** The weight in the middle of a code's step; 0 for what is hidden or too small. */
    public static double weight(int code) {
        return code < FIRST ? 0 : LEAST * Math.pow(2, (code - FIRST) / STEPS_PER_OCTAVE);
    }

    private MapCode() {}
}

package heed.microscope.heads;

import java.util.ArrayList;
import java.util.List;

/**
 * How much a head's attention changes from text to text: {@code Σ|A − Ā| / 2ΣA} over the first
 * tokens of each (Vig &amp; Belinkov 2019, §4.2), of {@link #TEXTS} texts at most.
 */
final class Variability {
    /** Tokens of a text that count. */
    static final int TOKENS = 10;

    /** Texts that count. */
    static final int TEXTS = 200;

    private final List<float[]> seen = new ArrayList<>();

    /**
     * Takes in a text, unless it is too short or enough have been seen.
     *
     * @param corner {@code [TOKENS · TOKENS]} weights of its first tokens among themselves
     */
    void add(float[] corner) {
        if (seen.size() < TEXTS) {
            seen.add(corner);
        }
    }

    /** NaN if there were not two texts. */
    double value() {
        if (seen.size() < 2) {
            return Double.NaN;
        }
        double difference = 0;
        double sum = 0;
        for (int at = 0; at < TOKENS * TOKENS; at++) {
            double mean = 0;
            for (float[] corner : seen) {
                mean += corner[at] / (double) seen.size();
            }
            for (float[] corner : seen) {
                difference += Math.abs(corner[at] - mean);
                sum += corner[at];
            }
        }
        return sum > 0 ? difference / (2 * sum) : Double.NaN;
    }
}

package heed.transformer.layer;

/**
 * Rotary position embedding (Su et al. 2021): the pair i of a head's features is turned by the
 * angle {@code position · frequency_i}, so that a dot product of a query and a key depends on the
 * distance of their positions. Where there are fewer pairs than d/2, the features behind them stay
 * as they are.
 *
 * @param frequencies radians a position for each of the pairs; shared, not copied
 * @param factor what cosine and sine are multiplied with: 1 but for YaRN
 * @param pairs which features make a pair
 */
public record RotaryEmbedding(double[] frequencies, double factor, Pairs pairs) {
    /** Which features of a head make a pair. */
    public enum Pairs {
        /** Feature i and feature {@code i + pairs}: the layout of Hugging Face. */
        HALVES,
        /** Features 2i and {@code 2i + 1}: the layout of the paper, and of Llama in GGUF files. */
        NEIGHBOURS
    }

    /** Frequencies {@code base^(−2i/d)}. */
    public static RotaryEmbedding of(int columns, double base, Pairs pairs) {
        if (columns < 2 || columns % 2 != 0 || !(base > 0)) {
            throw new IllegalArgumentException(
                    "rotary positions need an even number of columns and a positive base, not %d and %s"
                            .formatted(columns, base));
        }
        double[] frequencies = new double[columns / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(base, -2.0 * i / columns);
        }
        return new RotaryEmbedding(frequencies, 1, pairs);
    }

    /** All positions closer together (Chen et al. 2023). */
    public RotaryEmbedding linear(double by) {
        double[] scaled = frequencies.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] /= by;
        }
        return new RotaryEmbedding(scaled, factor, pairs);
    }

    /** The same with cosine and sine multiplied by another factor. */
    public RotaryEmbedding withFactor(double other) {
        return new RotaryEmbedding(frequencies, other, pairs);
    }

    /**
     * Each frequency divided by a number of its own.
     *
     * @throws IllegalArgumentException if there are not as many
     */
    public RotaryEmbedding dividedBy(double[] divisors) {
        if (divisors.length != frequencies.length) {
            throw new IllegalArgumentException(
                    "%d divisors for %d frequencies"
                            .formatted(divisors.length, frequencies.length));
        }
        double[] scaled = frequencies.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] /= divisors[i];
        }
        return new RotaryEmbedding(scaled, factor, pairs);
    }

    /**
     * The scaling of Llama 3.1: slow frequencies are divided, fast ones stay, those between are
     * mixed.
     *
     * @param by what slow frequencies are divided by
     * @param low waves longer than {@code context / low} are slow
     * @param high waves shorter than {@code context / high} are fast
     * @param context the length of the context before it was extended
     */
    public RotaryEmbedding llama3(double by, double low, double high, double context) {
        double[] scaled = frequencies.clone();
        for (int i = 0; i < scaled.length; i++) {
            double turns = context * frequencies[i] / (2 * Math.PI);
            double stays = Math.clamp((turns - low) / (high - low), 0, 1);
            scaled[i] = frequencies[i] * (stays + (1 - stays) / by);
        }
        return new RotaryEmbedding(scaled, factor, pairs);
    }

    /**
     * YaRN (Peng et al. 2023): frequencies that turn seldom within the old context are divided,
     * those that turn often stay, with a ramp between, over the number of the pair.
     *
     * @param by what slow frequencies are divided by
     * @param base of the frequencies
     * @param fast turns within the context from which on a frequency stays
     * @param slow turns up to which it is divided
     * @param context the length of the context before it was extended
     * @param newFactor what cosine and sine are multiplied with
     */
    public RotaryEmbedding yarn(
            double by, double base, double fast, double slow, double context, double newFactor) {
        int columns = 2 * frequencies.length;
        double low = Math.max(Math.floor(pairOf(fast, columns, base, context)), 0);
        double high = Math.min(Math.ceil(pairOf(slow, columns, base, context)), columns - 1);
        double width = high == low ? 1e-3 : high - low;
        double[] scaled = frequencies.clone();
        for (int i = 0; i < scaled.length; i++) {
            double stays = 1 - Math.clamp((i - low) / width, 0, 1);
            scaled[i] = frequencies[i] * (stays + (1 - stays) / by);
        }
        return new RotaryEmbedding(scaled, newFactor, pairs);
    }

    /** The pair, a fraction perhaps, whose frequency makes this many turns within the context. */
    private static double pairOf(double turns, int columns, double base, double context) {
        return columns * Math.log(context / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }

    /**
     * Turns every head of x, in place.
     *
     * @param x {@code [n, heads · d]}
     * @param columns features of a head: d
     * @param firstPosition position of the first row
     * @throws IllegalArgumentException if a head has fewer features than are turned
     */
    public void apply(float[] x, int heads, int columns, int firstPosition) {
        int half = frequencies.length;
        if (2 * half > columns) {
            throw new IllegalArgumentException(
                    "%d features of a head are fewer than %d that are turned"
                            .formatted(columns, 2 * half));
        }
        int stride = pairs == Pairs.HALVES ? 1 : 2;
        int partner = pairs == Pairs.HALVES ? half : 1;
        float[] cos = new float[half];
        float[] sin = new float[half];
        for (int row = 0; row * heads * columns < x.length; row++) {
            for (int i = 0; i < half; i++) {
                double angle = (firstPosition + row) * frequencies[i];
                cos[i] = (float) (Math.cos(angle) * factor);
                sin[i] = (float) (Math.sin(angle) * factor);
            }
            for (int head = 0; head < heads; head++) {
                int at = (row * heads + head) * columns;
                for (int i = 0; i < half; i++) {
                    int a = at + i * stride;
                    int b = a + partner;
                    float first = x[a];
                    float second = x[b];
                    x[a] = first * cos[i] - second * sin[i];
                    x[b] = second * cos[i] + first * sin[i];
                }
            }
        }
    }
}

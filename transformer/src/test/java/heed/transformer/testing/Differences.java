package heed.transformer.testing;

/** How far numbers are from those that are expected; NaN, which no tolerance admits, if one is. */
public final class Differences {

    /** The largest {@code |actual − expected|}. */
    public static double largest(float[] actual, float[] expected) {
        requireSameLength(actual, expected);
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs((double) actual[i] - expected[i]));
        }
        return largest;
    }

    /** The largest {@code |actual − expected| / max(1, |expected|)}. */
    public static double largestScaled(float[] actual, float[] expected) {
        requireSameLength(actual, expected);
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            largest = Math.max(largest, difference / Math.max(1, Math.abs(expected[i])));
        }
        return largest;
    }

    /** The cosine of the angle between two vectors. */
    public static double cosine(float[] actual, float[] expected) {
        requireSameLength(actual, expected);
        double product = 0;
        double squares = 0;
        double expectedSquares = 0;
        for (int i = 0; i < actual.length; i++) {
            product += (double) actual[i] * expected[i];
            squares += (double) actual[i] * actual[i];
            expectedSquares += (double) expected[i] * expected[i];
        }
        return product / Math.sqrt(squares * expectedSquares);
    }

    private static void requireSameLength(float[] actual, float[] expected) {
        if (actual.length != expected.length || actual.length == 0) {
            throw new AssertionError(
                    "%d numbers where %d are expected".formatted(actual.length, expected.length));
        }
    }

    private Differences() {}
}

package heed.attention;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/** Assertions that the engine agrees with the oracle. */
final class Agreement {
    /**
     * What is granted beyond twice the naive version's error, in the unit roundoff of a float: the
     * exponential, the sum and the division each round once or twice, and on a single small input
     * the naive version may happen to round to the exact result. It grows with |LSE|, since a score
     * is rounded relative to its own size.
     */
    private static final double ROUNDOFFS = 8;

    private static final double UNIT_ROUNDOFF = 0x1p-24;

    /** Runs the engine on this input and compares output and log-sum-exps with the oracle. */
    static AttentionOutput assertAgrees(AttentionInput input) {
        AttentionOutput actual = Attention.forward(input);
        assertAgrees(input, actual);
        return actual;
    }

    static void assertAgrees(AttentionInput input, AttentionOutput actual) {
        ReferenceAttention.Result expected = new ReferenceAttention(input).forward();
        AttentionOutput naive = NaiveAttention.forward(input);
        double slack = ROUNDOFFS * UNIT_ROUNDOFF * expected.lseScale();
        assertThat(actual.out().heads()).isEqualTo(input.q().heads());
        assertThat(actual.out().rows()).isEqualTo(input.q().rows());
        assertThat(actual.out().columns()).isEqualTo(input.v().columns());
        assertWithin("output", expected.outError(actual), expected.outError(naive), slack);
        assertWithin("log-sum-exp", expected.lseError(actual), expected.lseError(naive), slack);
    }

    private static void assertWithin(String what, double error, double naive, double slack) {
        assertThat(naive).as("the naive error of the %s bounds something", what).isFinite();
        assertThat(error)
                .as("error of the %s; the naive version's is %s", what, naive)
                .isLessThanOrEqualTo(2 * naive + slack);
    }

    /** Asserts that two results are the same to the last bit. */
    static void assertSameBits(AttentionOutput actual, AttentionOutput expected) {
        assertThat(bits(actual.out().data())).isEqualTo(bits(expected.out().data()));
        assertThat(bits(actual.lse())).isEqualTo(bits(expected.lse()));
    }

    static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
        return bits;
    }

    private Agreement() {}
}

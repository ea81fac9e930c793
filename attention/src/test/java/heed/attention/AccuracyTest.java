package heed.attention;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The error bound that the engine promises: against float64 no more than twice that of the naive
 * float32 version. Both errors are the worst of at least a hundred rows, most of a thousand, so
 * that neither is luck.
 */
@Tag("numeric")
class AccuracyTest {
    private static final int ROWS = 1000;

    /** In units of the last place: what a result may be off where the naive version is exact. */
    private static final double FEW_ULPS = 4 * 0x1p-23;

    @ParameterizedTest(name = "{0} × {1}, d {2}, d_v {3}, scores × {4}")
    @CsvSource({
        "1, 1, 64, 64, 1",
        "1, 13, 64, 64, 1",
        "13, 2, 8, 8, 3",
        "13, 13, 32, 32, 30",
        "97, 97, 64, 64, 1",
        "97, 97, 64, 64, 3",
        "97, 97, 64, 64, 30",
        "97, 257, 128, 32, 1",
        "97, 257, 128, 32, 30",
        "257, 257, 80, 32, 1",
        "257, 257, 80, 32, 3",
        "257, 257, 80, 32, 30",
        "257, 257, 1, 1, 1",
        "257, 257, 1, 1, 30",
        "13, 1025, 64, 64, 1",
        "13, 1025, 64, 64, 3",
        "13, 1025, 64, 64, 30"
    })
    void theErrorIsAtMostTwiceThatOfTheNaiveVersion(
            int queries, int keys, int columns, int valueColumns, float factor) {
        Shape shape = new Shape(1, 1, queries, keys, columns, valueColumns);
        int repetitions = Math.clamp(ROWS / queries, 1, 100);
        double out = 0;
        double naiveOut = 0;
        double lse = 0;
        double naiveLse = 0;
        double scale = 1;
        for (int i = 0; i < repetitions; i++) {
            AttentionInput input = shape.input(100L * i, factor);
            if (i % 2 == 1) {
                input = input.withMask(AttentionMask.causal());
            }
            ReferenceAttention.Result exact = new ReferenceAttention(input).forward();
            AttentionOutput actual = Attention.forward(input);
            AttentionOutput naive = NaiveAttention.forward(input);
            out = Math.max(out, exact.outError(actual));
            naiveOut = Math.max(naiveOut, exact.outError(naive));
            lse = Math.max(lse, exact.lseError(actual));
            naiveLse = Math.max(naiveLse, exact.lseError(naive));
            scale = Math.max(scale, exact.lseScale());
        }
        assertThat(out)
                .as("error of the output; the naive version's is %s", naiveOut)
                .isLessThanOrEqualTo(2 * naiveOut + FEW_ULPS);
        assertThat(lse)
                .as("error of the log-sum-exp up to %s; the naive version's is %s", scale, naiveLse)
                .isLessThanOrEqualTo(2 * naiveLse + FEW_ULPS);
    }

    /** Of as many random values little is left: the error is beside that, not beside the values. */
    @ParameterizedTest(name = "{0} × {1}")
    @CsvSource({"1, 65536", "16, 1024", "16, 65536"})
    void theErrorOfARowDoesNotGrowWithTheNumberOfKeys(int queries, int keys) {
        AttentionInput input = Shape.of(queries, keys, 64).input(1, 1);
        ReferenceAttention.Result exact = new ReferenceAttention(input).forward();
        AttentionOutput actual = Attention.forward(input);
        for (int row = 0; row < queries; row++) {
            double error = 0;
            double norm = 0;
            for (int c = 0; c < 64; c++) {
                double expected = exact.out()[row][c];
                error += Math.pow(actual.out().get(0, row, c) - expected, 2);
                norm += expected * expected;
            }
            assertThat(Math.sqrt(error / norm)).isLessThan(1.2e-6);
        }
        assertThat(exact.lseError(actual)).isLessThan(1.2e-6);
    }
}

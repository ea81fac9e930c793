package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static heed.attention.Agreement.bits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Dropout of attention weights, forward and backward, against the float64 definition. */
@Tag("numeric")
class DropoutTest {
    private static final long SEED = 0x1234_5678_9ABC_DEFL;

    private static void assertAgree(AttentionInput input) {
        assertAgrees(input);
        BackwardTest.assertAgree(input);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1, 1, 1, 0.5",
        "1, 1, 2, 13, 8, 8, 0.1",
        "2, 1, 97, 257, 64, 48, 0.1",
        "6, 2, 65, 130, 33, 17, 0.5",
        "2, 2, 130, 97, 16, 96, 0.9",
        "8, 1, 1, 300, 32, 32, 0.5"
    })
    void agreesWithTheDefinition(
            int heads, int kvHeads, int queries, int keys, int d, int dv, double p) {
        AttentionInput input =
                new Shape(heads, kvHeads, queries, keys, d, dv)
                        .input(7)
                        .withDropout(new AttentionDropout(p, SEED));
        assertAgree(input);
        assertAgree(input.withMask(AttentionMask.causal()).withPositions(keys / 2 + 3, 3));
    }

    static Stream<NamedMask> masks() {
        return NamedMask.all();
    }

    @ParameterizedTest
    @MethodSource("masks")
    void agreesUnderEveryMask(NamedMask mask) {
        assertAgree(
                new Shape(4, 2, 150, 170, 24, 24)
                        .input(3)
                        .withMask(mask.mask())
                        .withPositions(89, 31)
                        .withDropout(new AttentionDropout(0.1, SEED)));
    }

    @Test
    void agreesWithCapScaleSinksAndBias() {
        assertAgree(
                new Shape(4, 2, 61, 83, 20, 20)
                        .input(11, 3)
                        .withSoftCap(4)
                        .withScale(0.7f)
                        .withSinks(0.5f, -1, 3, 0)
                        .withBias(AttentionBias.alibi(4))
                        .withDropout(new AttentionDropout(0.25, SEED)));
    }

    /** Segments of the keys, whose parts of dq are added up, draw what the whole draws. */
    @Test
    void agreesOverSegmentsOfTheKeys() {
        assertAgree(
                Shape.of(70, 3000, 16)
                        .input(5)
                        .withMask(AttentionMask.causal())
                        .withPositions(2950, 0)
                        .withDropout(new AttentionDropout(0.1, SEED)));
    }

    /** The gradients are the slopes of the loss, measured: of both passes, not of the oracle. */
    @Test
    void gradientsAreTheSlopesOfTheLoss() {
        AttentionInput input =
                new Shape(2, 1, 5, 7, 6, 4)
                        .input(2)
                        .withMask(AttentionMask.causal())
                        .withPositions(2, 0)
                        .withDropout(new AttentionDropout(0.4, SEED));
        Heads dOut = BackwardTest.dOutOf(input);
        AttentionGradients gradients = BackwardTest.backward(input, dOut, 1);
        Heads q = input.q();
        Heads k = (Heads) input.k();
        Heads v = (Heads) input.v();
        assertSlopes(q, gradients.dq(), dOut, x -> Shape.with(input, x, k, v));
        assertSlopes(k, gradients.dk(), dOut, x -> Shape.with(input, q, x, v));
        assertSlopes(v, gradients.dv(), dOut, x -> Shape.with(input, q, k, x));
    }

    private interface WithOperand {
        AttentionInput with(Heads operand);
    }

    private static void assertSlopes(Heads operand, Heads gradient, Heads dOut, WithOperand input) {
        float step = 0x1p-7f;
        for (int head = 0; head < operand.heads(); head++) {
            for (int row = 0; row < operand.rows(); row++) {
                for (int c = 0; c < operand.columns(); c++) {
                    float x = operand.get(head, row, c);
                    Heads up = Shape.with(operand, head, row, c, x + step);
                    Heads down = Shape.with(operand, head, row, c, x - step);
                    double slope =
                            (BackwardTest.loss(input.with(up), dOut)
                                            - BackwardTest.loss(input.with(down), dOut))
                                    / ((x + step) - (double) (x - step));
                    assertThat((double) gradient.get(head, row, c)).isCloseTo(slope, within(2e-3));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.1, 0.5, 0.9})
    void theShareOfDroppedPairsIsTheProbability(double p) {
        AttentionDropout dropout = new AttentionDropout(p, SEED);
        int n = 200;
        int[] byHead = new int[4];
        int[] byWord = new int[4];
        int neighbours = 0;
        for (int head = 0; head < 4; head++) {
            for (int query = 0; query < n; query++) {
                for (int key = 0; key < n; key++) {
                    if (!dropout.keeps(head, query, key)) {
                        byHead[head]++;
                        byWord[key % 4]++;
                        neighbours += dropout.keeps(head, query, key + 1) ? 0 : 1;
                    }
                }
            }
        }
        for (int i = 0; i < 4; i++) {
            assertBinomial(byHead[i], n * n, p);
            assertBinomial(byWord[i], n * n, p);
        }
        assertBinomial(neighbours, 4 * n * n, p * p);
    }

    /** Within five standard deviations. */
    private static void assertBinomial(int count, int trials, double p) {
        double deviation = Math.sqrt(trials * p * (1 - p));
        assertThat((double) count).isCloseTo(trials * p, within(5 * deviation));
    }

    /** With values that are the unit vectors, the output is P ∘ M / (1 − p) itself. */
    @Test
    void theOutputShowsTheMaskThatKeepsSays() {
        int n = 70;
        Heads v = Heads.zeros(1, n, n);
        for (int i = 0; i < n; i++) {
            v.data()[v.index(0, i) + i] = 1;
        }
        AttentionInput shape = Shape.of(n, n, 8).input(1);
        AttentionInput input =
                Shape.with(shape, (Heads) shape.k(), v)
                        .withPositions(1001, 2003)
                        .withDropout(new AttentionDropout(0.5, -3));
        AttentionOutput output = Attention.forward(input);
        float[][] weights = new AttentionWeights(input, output).tile(0, 0, n, 0, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                boolean keeps = input.dropout().keeps(0, 1001 + i, 2003 + j);
                assertThat(output.out().get(0, i, j))
                        .isCloseTo(keeps ? 2 * weights[i][j] : 0, within(1e-6f));
            }
        }
    }

    @Test
    void weightsAndLogSumExpsAreThoseWithoutDropout() {
        AttentionInput plain = new Shape(2, 1, 80, 90, 16, 16).input(4);
        AttentionInput dropped = plain.withDropout(new AttentionDropout(0.5, 1));
        AttentionOutput expected = Attention.forward(plain);
        AttentionOutput actual = Attention.forward(dropped);
        assertThat(bits(actual.lse())).isEqualTo(bits(expected.lse()));
        assertThat(bits(actual.out().data())).isNotEqualTo(bits(expected.out().data()));
        assertThat(new AttentionWeights(dropped, actual).row(1, 33))
                .isEqualTo(new AttentionWeights(plain, expected).row(1, 33));
    }

    @Test
    void probability0IsNoDropout() {
        AttentionInput plain =
                new Shape(2, 1, 80, 90, 16, 16).input(4).withMask(AttentionMask.causal());
        AttentionInput zero = plain.withDropout(new AttentionDropout(0, 77));
        assertSameBits(Attention.forward(zero), Attention.forward(plain));
        Heads dOut = BackwardTest.dOutOf(plain);
        assertSameBits(BackwardTest.backward(zero, dOut, 2), BackwardTest.backward(plain, dOut, 2));
        AttentionInput one = Shape.of(1, 500, 16).input(1);
        assertSameBits(
                Attention.forward(one.withDropout(AttentionDropout.none())),
                Attention.forward(one));
    }

    private static void assertSameBits(AttentionGradients actual, AttentionGradients expected) {
        assertThat(bits(actual.dq().data())).isEqualTo(bits(expected.dq().data()));
        assertThat(bits(actual.dk().data())).isEqualTo(bits(expected.dk().data()));
        assertThat(bits(actual.dv().data())).isEqualTo(bits(expected.dv().data()));
    }

    private static void assertSameBits(AttentionOutput actual, AttentionOutput expected) {
        Agreement.assertSameBits(actual, expected);
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        AttentionInput input =
                new Shape(3, 3, 300, 2100, 16, 16)
                        .input(1)
                        .withMask(AttentionMask.causal())
                        .withPositions(1800, 0)
                        .withDropout(new AttentionDropout(0.2, SEED));
        Heads dOut = BackwardTest.dOutOf(input);
        AttentionOutput output = Attention.forward(input, 1);
        AttentionGradients gradients = BackwardTest.backward(input, dOut, 1);
        for (int threads = 2; threads <= 3; threads++) {
            assertSameBits(Attention.forward(input, threads), output);
            assertSameBits(BackwardTest.backward(input, dOut, threads), gradients);
        }
    }

    /** Rows computed in two calls, at their positions, are those of one call. */
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 64, 77, 149})
    void partsOfTheQueriesGiveTheSameBits(int first) {
        AttentionInput whole =
                new Shape(2, 1, 150, 170, 32, 24)
                        .input(6)
                        .withMask(AttentionMask.causal())
                        .withPositions(19, 2)
                        .withDropout(new AttentionDropout(0.3, SEED));
        AttentionOutput expected = Attention.forward(whole);
        int[][] parts = {{0, first}, {first, 150}};
        for (int[] part : parts) {
            AttentionInput rows =
                    Shape.with(
                            whole.withPositions(19 + part[0], 2),
                            whole.q().rows(part[0], part[1]),
                            (Heads) whole.k(),
                            (Heads) whole.v());
            AttentionOutput actual = Attention.forward(rows);
            for (int head = 0; head < 2; head++) {
                for (int row = part[0]; row < part[1]; row++) {
                    assertThat(bits(actual.out().row(head, row - part[0])))
                            .isEqualTo(bits(expected.out().row(head, row)));
                }
            }
        }
    }

    /** Parts of the keys, at their positions, merge to the whole. */
    @ParameterizedTest
    @ValueSource(ints = {1, 66, 131})
    void partsOfTheKeysMerge(int first) {
        AttentionInput whole =
                new Shape(2, 1, 40, 170, 32, 24)
                        .input(6)
                        .withPositions(0, 9)
                        .withDropout(new AttentionDropout(0.3, SEED));
        AttentionOutput a = Attention.forward(keys(whole, 0, first));
        AttentionOutput b = Attention.forward(keys(whole, first, 170));
        assertAgrees(whole, a.merge(b));
    }

    private static AttentionInput keys(AttentionInput whole, int from, int to) {
        return Shape.with(
                whole.withPositions(0, 9 + from),
                (Heads) whole.k().rows(from, to),
                (Heads) whole.v().rows(from, to));
    }

    @Test
    void anotherSeedIsAnotherMask() {
        AttentionInput input = new Shape(1, 1, 64, 64, 8, 8).input(1);
        long[] seeds = {0, 1, 1L << 32, -1, Long.MIN_VALUE};
        long distinct =
                Arrays.stream(seeds)
                        .mapToObj(seed -> input.withDropout(new AttentionDropout(0.5, seed)))
                        .map(Attention::forward)
                        .map(output -> Arrays.hashCode(output.out().data()))
                        .distinct()
                        .count();
        assertThat(distinct).isEqualTo(seeds.length);
    }

    /** NaN that is hidden stays hidden, and the careful path of such tiles drops the same pairs. */
    @Test
    void whatIsHiddenCannotLeak() {
        AttentionInput clean =
                Shape.of(100, 100, 16)
                        .input(6)
                        .withMask(AttentionMask.causal())
                        .withDropout(new AttentionDropout(0.3, SEED));
        AttentionInput poisoned =
                Shape.with(
                        clean,
                        Shape.with((Heads) clean.k(), 0, 99, 3, Float.NaN),
                        Shape.with((Heads) clean.v(), 0, 99, 5, Float.NaN));
        AttentionOutput expected = Attention.forward(clean);
        AttentionOutput actual = Attention.forward(poisoned);
        Heads dOut = BackwardTest.dOutOf(clean);
        AttentionGradients expectedGradients = BackwardTest.backward(clean, dOut, 2);
        AttentionGradients gradients = BackwardTest.backward(poisoned, dOut, 2);
        for (int row = 0; row < 99; row++) {
            assertThat(actual.out().row(0, row))
                    .containsExactly(expected.out().row(0, row), within(1e-5f));
            assertThat(gradients.dq().row(0, row))
                    .containsExactly(expectedGradients.dq().row(0, row), within(1e-5f));
        }
    }
}

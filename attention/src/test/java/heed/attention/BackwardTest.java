package heed.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("numeric")
class BackwardTest {
    static Heads dOutOf(AttentionInput input) {
        return Shape.normal(99, input.q().heads(), input.q().rows(), input.v().columns(), 1);
    }

    static AttentionGradients backward(AttentionInput input, Heads dOut, int threads) {
        return Attention.backward(input, Attention.forward(input), dOut, threads);
    }

    static void assertAgree(AttentionInput input) {
        Heads dOut = dOutOf(input);
        AttentionGradients actual = backward(input, dOut, 2);
        ReferenceGradients expected = new ReferenceGradients(input, dOut);
        assertClose("dq", actual.dq(), expected.dq);
        assertClose("dk", actual.dk(), expected.dk);
        assertClose("dv", actual.dv(), expected.dv);
    }

    /**
     * Within 2·10⁻⁵ of the largest element, or of 0.1 where terms of size 1 cancel: sums of some
     * hundred float32 products.
     */
    private static void assertClose(String name, Heads actual, double[][][] expected) {
        double largest = 1e-30;
        double worst = 0;
        for (int head = 0; head < expected.length; head++) {
            for (int row = 0; row < expected[head].length; row++) {
                for (int c = 0; c < expected[head][row].length; c++) {
                    largest = Math.max(largest, Math.abs(expected[head][row][c]));
                    double difference = Math.abs(actual.get(head, row, c) - expected[head][row][c]);
                    assertThat(difference).as(name).isNotNaN();
                    worst = Math.max(worst, difference);
                }
            }
        }
        assertThat(worst / Math.max(largest, 0.1)).as(name).isLessThan(2e-5);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1, 1, 1",
        "1, 1, 2, 13, 8, 8",
        "2, 2, 13, 2, 32, 32",
        "1, 1, 97, 97, 64, 64",
        "4, 2, 97, 257, 80, 48",
        "6, 1, 65, 130, 33, 17",
        "2, 1, 257, 97, 128, 128",
        "1, 1, 13, 1025, 64, 64",
        "12, 4, 70, 70, 16, 96"
    })
    void agreesWithTheChainRule(int heads, int kvHeads, int queries, int keys, int d, int dv) {
        Shape shape = new Shape(heads, kvHeads, queries, keys, d, dv);
        assertAgree(shape.input(7));
        assertAgree(shape.input(8, 3).withMask(AttentionMask.causal()).withPositions(keys / 2, 0));
    }

    static Stream<NamedMask> masks() {
        return NamedMask.all();
    }

    @ParameterizedTest
    @MethodSource("masks")
    void agreesUnderEveryMask(NamedMask mask) {
        Shape shape = new Shape(4, 2, 150, 170, 24, 24);
        assertAgree(shape.input(3).withMask(mask.mask()).withPositions(90, 30));
    }

    /** Enough keys for several segments of one head, whose parts of dq are added up. */
    @Test
    void segmentsOfTheKeysAddUp() {
        assertAgree(
                Shape.of(70, 3000, 16)
                        .input(5)
                        .withMask(AttentionMask.causal())
                        .withPositions(2950, 0));
    }

    @Test
    void agreesWithCapScaleSinksAndBias() {
        AttentionInput input =
                new Shape(4, 2, 61, 83, 20, 20)
                        .input(11, 3)
                        .withSoftCap(4)
                        .withScale(0.7f)
                        .withSinks(0.5f, -1, 3, 0)
                        .withBias(
                                AttentionBias.alibi(4)
                                        .plus(
                                                AttentionBias.additive(
                                                        Shape.normal(5, 4, 61, 83, 1))));
        assertAgree(input);
        Heads dOut = dOutOf(input);
        AttentionGradients actual =
                Attention.backwardWithBias(input, Attention.forward(input), dOut, 2);
        ReferenceGradients expected = new ReferenceGradients(input, dOut);
        assertClose("dBias", Objects.requireNonNull(actual.dBias()), expected.dBias);
        float[] dSinks = Objects.requireNonNull(actual.dSinks());
        for (int head = 0; head < 4; head++) {
            assertThat((double) dSinks[head]).isCloseTo(expected.dSinks[head], within(1e-4));
        }
    }

    /** The oracle itself: its gradient is the slope of the loss, measured. */
    @Test
    void theChainRuleIsTheSlopeOfTheLoss() {
        AttentionInput input =
                new Shape(2, 1, 5, 7, 6, 4)
                        .input(2)
                        .withSoftCap(3)
                        .withMask(AttentionMask.causal())
                        .withPositions(2, 0);
        Heads dOut = dOutOf(input);
        ReferenceGradients expected = new ReferenceGradients(input, dOut);
        float step = 0x1p-7f;
        for (int row = 0; row < 5; row++) {
            for (int c = 0; c < 6; c++) {
                float x = input.q().get(1, row, c);
                double up =
                        loss(
                                Shape.with(
                                        input,
                                        Shape.with(input.q(), 1, row, c, x + step),
                                        (Heads) input.k(),
                                        (Heads) input.v()),
                                dOut);
                double down =
                        loss(
                                Shape.with(
                                        input,
                                        Shape.with(input.q(), 1, row, c, x - step),
                                        (Heads) input.k(),
                                        (Heads) input.v()),
                                dOut);
                assertThat((up - down) / (2 * step))
                        .isCloseTo(expected.dq[1][row][c], within(2e-3));
                x = input.k().get(0, row, c);
                up =
                        loss(
                                Shape.with(
                                        input,
                                        Shape.with((Heads) input.k(), 0, row, c, x + step),
                                        (Heads) input.v()),
                                dOut);
                down =
                        loss(
                                Shape.with(
                                        input,
                                        Shape.with((Heads) input.k(), 0, row, c, x - step),
                                        (Heads) input.v()),
                                dOut);
                assertThat((up - down) / (2 * step))
                        .isCloseTo(expected.dk[0][row][c], within(2e-3));
            }
        }
    }

    static double loss(AttentionInput input, Heads dOut) {
        AttentionOutput output = Attention.forward(input);
        double loss = 0;
        for (int head = 0; head < dOut.heads(); head++) {
            for (int i = 0; i < dOut.rows(); i++) {
                for (int c = 0; c < dOut.columns(); c++) {
                    loss += (double) dOut.get(head, i, c) * output.out().get(head, i, c);
                }
            }
        }
        return loss;
    }

    /**
     * Of one segment of keys, of a pair and of two: with many threads a task makes one, else two.
     */
    @ParameterizedTest
    @ValueSource(ints = {900, 1100, 2100})
    void hasTheSameBitsOnAnyNumberOfThreads(int keys) {
        AttentionInput input =
                new Shape(3, 3, 300, keys, 16, 16)
                        .input(1)
                        .withMask(AttentionMask.causal())
                        .withPositions(keys - 300, 0);
        Heads dOut = dOutOf(input);
        AttentionGradients one = backward(input, dOut, 1);
        for (int threads : new int[] {2, 3, 4, 16}) {
            AttentionGradients more = backward(input, dOut, threads);
            assertThat(more.dq().data()).containsExactly(one.dq().data());
            assertThat(more.dk().data()).containsExactly(one.dk().data());
            assertThat(more.dv().data()).containsExactly(one.dv().data());
        }
        assertAgree(input);
    }

    @Test
    void aRowWithNothingToAttendToHasNoGradient() {
        AttentionInput input =
                Shape.of(70, 70, 16).input(4).withMask(AttentionMask.causal()).withPositions(0, 30);
        AttentionGradients gradients = backward(input, dOutOf(input), 2);
        for (int row = 0; row < 30; row++) {
            assertThat(gradients.dq().row(0, row)).containsOnly(0);
        }
        assertAgree(input);
    }

    /**
     * NaN in a key, a value, a query and an output gradient that others do not see stays with those
     * that do.
     */
    @Test
    void whatIsHiddenCannotLeak() {
        AttentionInput clean = Shape.of(100, 100, 16).input(6).withMask(AttentionMask.causal());
        Heads dOut = dOutOf(clean);
        for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            AttentionInput poisoned =
                    Shape.with(
                            clean,
                            Shape.with((Heads) clean.k(), 0, 80, 3, poison),
                            Shape.with((Heads) clean.v(), 0, 80, 5, poison));
            AttentionGradients gradients = backward(poisoned, dOut, 2);
            AttentionGradients expected = backward(clean, dOut, 2);
            for (int row = 0; row < 80; row++) {
                assertThat(gradients.dq().row(0, row))
                        .containsExactly(expected.dq().row(0, row), within(1e-5f));
            }
            AttentionInput badQuery =
                    Shape.with(
                            clean,
                            Shape.with(clean.q(), 0, 20, 3, poison),
                            (Heads) clean.k(),
                            (Heads) clean.v());
            gradients = backward(badQuery, dOut, 2);
            for (int row = 21; row < 100; row++) {
                assertThat(gradients.dk().row(0, row))
                        .containsExactly(expected.dk().row(0, row), within(1e-5f));
                assertThat(gradients.dv().row(0, row))
                        .containsExactly(expected.dv().row(0, row), within(1e-5f));
            }
            gradients = backward(clean, Shape.with(dOut, 0, 20, 3, poison), 2);
            for (int row = 21; row < 100; row++) {
                assertThat(gradients.dv().row(0, row))
                        .containsExactly(expected.dv().row(0, row), within(1e-5f));
            }
        }
    }

    /** The slope of the cap at a score that is NaN is NaN; the pair is hidden all the same. */
    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void whatIsHiddenCannotLeakThroughASoftCap(float poison) {
        AttentionInput clean =
                Shape.of(100, 100, 16)
                        .input(8)
                        .withSoftCap(4)
                        .withMask(AttentionMask.causal().and(AttentionMask.padding(80)));
        Heads dOut = dOutOf(clean);
        AttentionInput poisoned =
                Shape.with(
                        clean,
                        Shape.with((Heads) clean.k(), 0, 80, 3, poison),
                        Shape.with((Heads) clean.v(), 0, 80, 5, poison));
        AttentionGradients gradients = backward(poisoned, dOut, 2);
        AttentionGradients expected = backward(clean, dOut, 2);
        for (int row = 0; row < 100; row++) {
            assertThat(gradients.dq().row(0, row))
                    .containsExactly(expected.dq().row(0, row), within(1e-5f));
            assertThat(gradients.dk().row(0, row))
                    .containsExactly(expected.dk().row(0, row), within(1e-5f));
            assertThat(gradients.dv().row(0, row))
                    .containsExactly(expected.dv().row(0, row), within(1e-5f));
        }
    }

    @Test
    void layoutsOfTheInputAreThoseOfTheGradients() {
        float[] data = Shape.normal(1, 1, 50, 3 * 16, 1).data();
        Heads interleaved = Heads.interleaved(50, 3, 16, data);
        AttentionInput input = AttentionInput.of(interleaved, interleaved, interleaved);
        AttentionGradients gradients = backward(input, dOutOf(input), 2);
        assertThat(gradients.dq().headStride()).isEqualTo(16);
        assertThat(gradients.dk().headStride()).isEqualTo(16);
        assertAgree(input);
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        AttentionInput input = Shape.of(5, 6, 8).input(1);
        AttentionOutput output = Attention.forward(input);
        assertThatThrownBy(() -> Attention.backward(input, output, Heads.zeros(1, 4, 8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[1, 4, 8]")
                .hasMessageContaining("[1, 5, 8]");
        assertThatThrownBy(() -> Attention.backward(input, output, Heads.zeros(1, 5, 8), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not 0");
    }
}

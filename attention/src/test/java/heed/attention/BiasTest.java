package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Biases: the values they give and attention with them. */
class BiasTest {
    private static final double ONE_ULP = 0x1p-24;

    @Test
    void alibiOfEightHeadsHasTheSlopesOfThePaper() {
        double[] slopes = {
            1 / 2.0, 1 / 4.0, 1 / 8.0, 1 / 16.0, 1 / 32.0, 1 / 64.0, 1 / 128.0, 1 / 256.0
        };
        assertSlopes(AttentionBias.alibi(8), slopes);
    }

    @Test
    void alibiOfTwelveHeadsFillsUpWithSlopesOfSixteen() {
        double[] slopes = {
            1 / 2.0,
            1 / 4.0,
            1 / 8.0,
            1 / 16.0,
            1 / 32.0,
            1 / 64.0,
            1 / 128.0,
            1 / 256.0,
            Math.sqrt(0.5),
            Math.sqrt(0.125),
            Math.sqrt(0.03125),
            Math.sqrt(0.0078125)
        };
        assertSlopes(AttentionBias.alibi(12), slopes);
    }

    private static void assertSlopes(AttentionBias alibi, double[] slopes) {
        alibi.checkCovers(slopes.length, 0, 1, 0, 1);
        for (int head = 0; head < slopes.length; head++) {
            double slope = slopes[head];
            assertThat((double) alibi.at(head, 7, 6)).isCloseTo(-slope, within(slope * ONE_ULP));
            assertThat((double) alibi.at(head, 5, 9))
                    .isCloseTo(-4 * slope, within(4 * slope * ONE_ULP));
            assertThat(alibi.at(head, 5, 5)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 12})
    @Tag("numeric")
    void alibiAgrees(int heads) {
        AttentionInput input = new Shape(heads, 1, 97, 257, 16, 8).input(heads);
        assertAgrees(input.withBias(AttentionBias.alibi(heads)));
        assertAgrees(
                input.withBias(AttentionBias.alibi(heads))
                        .withMask(AttentionMask.causal())
                        .withPositions(300, 100));
    }

    @Test
    @Tag("numeric")
    void alibiWithGivenSlopesAgrees() {
        AttentionInput input = new Shape(3, 1, 97, 257, 16, 8).input(2);
        AttentionBias alibi = AttentionBias.alibi(0, 0.07f, -0.01f);
        assertAgrees(input.withBias(alibi));
        assertAgrees(input.withBias(alibi).withSinks(1, 2, 3).withPositions(0, 30));
    }

    @Test
    @Tag("numeric")
    void anAdditiveBiasIsSharedOrOfItsHead() {
        AttentionInput input = new Shape(4, 2, 66, 131, 16, 8).input(3);
        Heads shared = Shape.normal(4, 1, 66, 131, 3);
        Heads perHead = Shape.normal(5, 4, 66, 131, 3);
        assertAgrees(input.withBias(AttentionBias.additive(shared)));
        assertAgrees(input.withBias(AttentionBias.additive(perHead)));
        assertAgrees(
                input.withBias(AttentionBias.additive(LayoutTest.interleaved(perHead)))
                        .withMask(AttentionMask.causal()));
    }

    @Test
    @Tag("numeric")
    void anAdditiveBiasStandsAtItsOrigin() {
        AttentionInput input = new Shape(2, 1, 40, 70, 16, 8).input(6).withPositions(20, 50);
        Heads larger = Shape.normal(7, 1, 60, 90, 2);
        AttentionBias bias = AttentionBias.additive(larger, 10, 40);
        assertThat(bias.at(1, 10, 40)).isEqualTo(larger.get(0, 0, 0));
        assertThat(bias.at(0, 69, 129)).isEqualTo(larger.get(0, 59, 89));
        assertAgrees(input.withBias(bias));
        assertAgrees(input.withBias(bias).withMask(AttentionMask.slidingWindow(30, 50)));
    }

    @Test
    @Tag("numeric")
    void biasesAddUp() {
        AttentionBias a = AttentionBias.alibi(2);
        AttentionBias b = AttentionBias.additive(Shape.normal(8, 2, 66, 97, 3));
        AttentionBias sum = a.plus(b).plus(a);
        assertThat(sum.at(1, 60, 3)).isEqualTo(a.at(1, 60, 3) + b.at(1, 60, 3) + a.at(1, 60, 3));
        assertAgrees(new Shape(2, 2, 66, 97, 16, 8).input(9).withBias(sum));
        assertThat(AttentionBias.none().plus(a)).isSameAs(a);
        assertThat(a.plus(AttentionBias.none())).isSameAs(a);
        assertThat(AttentionBias.none().at(5, 6, 7)).isZero();
    }

    @Test
    @Tag("numeric")
    void aRelativeBiasAgrees() {
        float[][] byDistance = new float[2][2 * 20 + 1];
        for (int i = 0; i < byDistance[0].length; i++) {
            byDistance[0][i] = (float) Math.sin(i);
            byDistance[1][i] = 0.3f * i;
        }
        AttentionInput input = new Shape(2, 1, 97, 131, 16, 8).input(6);
        AttentionBias relative = AttentionBias.relative(byDistance);
        assertAgrees(input.withBias(relative));
        assertAgrees(input.withBias(relative).withPositions(40, 3));
        assertThat(relative.at(1, 50, 5)).isEqualTo(byDistance[1][0]);
        assertThat(relative.at(1, 5, 50)).isEqualTo(byDistance[1][40]);
        assertThat(relative.at(0, 7, 9)).isEqualTo(byDistance[0][22]);
    }

    /**
     * −Float.MAX_VALUE on all that a query sees: PyTorch's scores are then all the same number, and
     * the weights 1/n. On a part of it: the weights of the rest.
     */
    @ParameterizedTest
    @ValueSource(floats = {-Float.MAX_VALUE, -1e30f, Float.MAX_VALUE})
    @Tag("numeric")
    void aFiniteBiasNeverHidesAPair(float bias) {
        int n = 131;
        int lowRow = 70;
        float[] rows = new float[lowRow * n + n];
        Arrays.fill(rows, lowRow * n, lowRow * n + n, bias);
        AttentionInput plain = new Shape(1, 1, lowRow + 1, n, 16, 8).input(7);
        AttentionInput input =
                plain.withBias(AttentionBias.additive(Heads.of(1, lowRow + 1, n, rows)));
        AttentionOutput output = Attention.forward(input);
        Heads dOut = Shape.normal(8, 1, lowRow + 1, 8, 1);
        AttentionGradients gradients = Attention.backward(input, output, dOut);
        AttentionWeights weights = new AttentionWeights(input, output);

        float[] row = weights.row(0, lowRow);
        for (int j = 0; j < n; j++) {
            assertThat((double) row[j]).isCloseTo(1.0 / n, within(1e-8));
        }
        for (int c = 0; c < 8; c++) {
            double mean = 0;
            for (int j = 0; j < n; j++) {
                mean += ((Heads) input.v()).get(0, j, c) / n;
            }
            assertThat((double) output.out().get(0, lowRow, c)).isCloseTo(mean, within(1e-6));
        }
        assertThat(weights.tile(0, lowRow, 1, 65, 40)[0][3]).isEqualTo(row[68]);
        assertThat(weights.columnSums(0)[5])
                .isCloseTo(sumOfColumn(weights, lowRow + 1, 5), within(1e-6));
        assertGradientsOfValues(gradients, weights, dOut, lowRow + 1);
        for (int i = 0; i < lowRow; i++) {
            assertThat(weights.row(0, i))
                    .isEqualTo(new AttentionWeights(plain, Attention.forward(plain)).row(0, i));
        }
    }

    private static double sumOfColumn(AttentionWeights weights, int queries, int key) {
        double sum = 0;
        for (int i = 0; i < queries; i++) {
            sum += weights.row(0, i)[key];
        }
        return sum;
    }

    /** {@code dV = Pᵀ dO}, and dQ of a query whose weights are all the same. */
    private static void assertGradientsOfValues(
            AttentionGradients gradients, AttentionWeights weights, Heads dOut, int queries) {
        for (int j = 0; j < 131; j += 13) {
            for (int c = 0; c < 8; c++) {
                double expected = 0;
                for (int i = 0; i < queries; i++) {
                    expected += (double) weights.row(0, i)[j] * dOut.get(0, i, c);
                }
                assertThat((double) gradients.dv().get(0, j, c)).isCloseTo(expected, within(1e-5));
            }
        }
        assertThat(gradients.dq().data()).doesNotContain(Float.NaN);
    }

    /** −10000, as the first BERT has it, on a part of the keys, and on all of a row. */
    @Test
    @Tag("numeric")
    void aLargeBiasOnAPartOfTheKeysLeavesTheRest() {
        int n = 97;
        float[] rows = new float[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                rows[i * n + j] = j % 3 == 0 || i == 5 ? -10_000 : 0;
            }
        }
        AttentionInput plain = new Shape(1, 1, n, n, 16, 8).input(9);
        assertAgrees(
                plain.withBias(AttentionBias.additive(Heads.of(1, n, n, rows)))
                        .withMask(AttentionMask.predicate((h, q, k) -> q != 5)));
        AttentionInput low = plain.withBias(AttentionBias.additive(Heads.of(1, n, n, rows)));
        float[] row = new AttentionWeights(low, Attention.forward(low)).row(0, 5);
        float[] expected = new AttentionWeights(plain, Attention.forward(plain)).row(0, 5);
        for (int j = 0; j < n; j++) {
            assertThat((double) row[j]).isCloseTo(expected[j], within(2e-3 * expected[j] + 1e-6));
        }
    }
}

package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
}

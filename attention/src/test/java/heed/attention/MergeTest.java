package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Outputs of parts of the keys merge to the output of all. */
class MergeTest {

    /** The part of the keys from a row to another, at its own position. */
    private static AttentionOutput part(AttentionInput input, int from, int to) {
        AttentionInput shard =
                AttentionInput.of(input.q(), input.k().rows(from, to), input.v().rows(from, to))
                        .withPositions(input.firstQuery(), input.firstKey() + from)
                        .withScale(input.scale())
                        .withSoftCap(input.softCap())
                        .withBias(input.bias())
                        .withMask(input.mask());
        return Attention.forward(shard);
    }

    @ParameterizedTest
    @CsvSource({"1, 100", "97, 150", "250, 256", "0, 130"})
    @Tag("numeric")
    void anyOrderAndAssociationGivesTheWhole(int first, int second) {
        AttentionInput input =
                new Shape(4, 2, 130, 257, 32, 20)
                        .input(1, 3)
                        .withPositions(100, 0)
                        .withMask(AttentionMask.causal());
        AttentionOutput a = part(input, 0, first);
        AttentionOutput b = part(input, first, second);
        AttentionOutput c = part(input, second, 257);
        assertAgrees(input, a.merge(b).merge(c));
        assertAgrees(input, a.merge(b.merge(c)));
        assertAgrees(input, c.merge(a).merge(b));
        assertAgrees(input, b.merge(c.merge(a)));
        assertAgrees(input, part(input, 0, second).merge(c));
    }

    @Test
    void isCommutativeToTheBit() {
        AttentionInput input = new Shape(2, 2, 40, 97, 16, 8).input(2);
        AttentionOutput a = part(input, 0, 30);
        AttentionOutput b = part(input, 30, 97);
        Agreement.assertSameBits(a.merge(b), b.merge(a));
    }

    @Test
    @Tag("numeric")
    void positionsCarryMaskAndBiasOfEachPart() {
        AttentionInput input =
                new Shape(2, 1, 66, 131, 16, 8)
                        .input(3)
                        .withPositions(70, 5)
                        .withSoftCap(8)
                        .withBias(
                                AttentionBias.alibi(2)
                                        .plus(
                                                AttentionBias.additive(
                                                        Shape.normal(4, 1, 136, 136, 1))))
                        .withMask(
                                AttentionMask.slidingWindow(50, 4)
                                        .or(AttentionMask.documents(66, 34, 36)));
        assertAgrees(input, part(input, 0, 64).merge(part(input, 64, 131)));
    }

    @Test
    void rowsWithNothingToAttendToAreNeutral() {
        AttentionInput input = new Shape(2, 1, 66, 97, 16, 8).input(5);
        AttentionOutput whole = Attention.forward(input);
        AttentionOutput nothing = Attention.forward(input.withMask(AttentionMask.padding(0)));
        AttentionOutput noKeys = part(input, 40, 40);
        Agreement.assertSameBits(whole.merge(nothing), whole);
        Agreement.assertSameBits(nothing.merge(whole), whole);
        Agreement.assertSameBits(whole.merge(noKeys), whole);
        AttentionOutput neither = nothing.merge(noKeys);
        assertThat(neither.out().data()).containsOnly(0f);
        assertThat(neither.lse()).containsOnly(Float.NEGATIVE_INFINITY);
    }

    @Test
    void aSinkIsGivenToOnePartAlone() {
        AttentionInput input = new Shape(2, 1, 66, 97, 16, 8).input(6).withSinks(3, -1);
        AttentionInput second =
                AttentionInput.of(input.q(), input.k().rows(40, 97), input.v().rows(40, 97))
                        .withSinks(3, -1)
                        .withPositions(0, 40);
        assertAgrees(input, part(input, 0, 40).merge(Attention.forward(second)));
        AttentionInput sinkAlone = input.withMask(AttentionMask.padding(0));
        assertAgrees(input, part(input, 0, 97).merge(Attention.forward(sinkAlone)));
    }

    @Test
    void keepsTheLayoutOfTheQueries() {
        AttentionInput input = new Shape(2, 2, 6, 9, 4, 3).input(7);
        AttentionInput interleaved =
                AttentionInput.of(LayoutTest.interleaved(input.q()), input.k(), input.v());
        AttentionOutput merged = part(interleaved, 0, 4).merge(part(input, 4, 9));
        assertThat(merged.out().rowStride()).isEqualTo(6);
        assertAgrees(input, merged);
    }

    @Test
    void largeLogSumExpsDoNotOverflow() {
        AttentionInput input = new Shape(1, 1, 13, 97, 16, 8).input(8).withScale(300);
        assertAgrees(input, part(input, 0, 50).merge(part(input, 50, 97)));
    }

    @Test
    void refusesOtherShapes() {
        AttentionOutput output = Attention.forward(new Shape(2, 1, 3, 5, 4, 4).input(9));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> output.merge(Attention.forward(new Shape(4, 1, 3, 5, 4, 4).input(9))))
                .withMessage("2 heads and 4 heads differ");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> output.merge(Attention.forward(new Shape(2, 1, 7, 5, 4, 4).input(9))))
                .withMessage("3 queries and 7 queries differ");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> output.merge(Attention.forward(new Shape(2, 1, 3, 5, 4, 6).input(9))))
                .withMessage("4 columns and 6 columns differ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AttentionOutput(output.out(), new float[5]))
                .withMessage("5 log-sum-exps for 2 heads × 3 rows");
    }
}

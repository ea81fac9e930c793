package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static heed.attention.Agreement.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Few queries against many keys, which have a kernel of their own. */
@Tag("numeric")
class DecodeTest {

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1, 1, 1", "1, 1, 1, 5000, 64, 64", "8, 1, 1, 2048, 64, 64",
                "4, 2, 3, 2049, 80, 24",
        "12, 12, 1, 257, 128, 128", "3, 3, 7, 4097, 8, 33", "2, 2, 8, 129, 1, 1",
                "6, 2, 2, 300, 100, 200"
    })
    void agreesWithTheDefinition(int heads, int kvHeads, int queries, int keys, int d, int dv) {
        Shape shape = new Shape(heads, kvHeads, queries, keys, d, dv);
        for (float factor : new float[] {1, 3, 30}) {
            assertAgrees(shape.input(17, factor));
        }
        assertAgrees(shape.input(5).withMask(AttentionMask.causal()).withPositions(keys / 2, 0));
    }

    static Stream<NamedMask> masks() {
        return NamedMask.all();
    }

    @ParameterizedTest
    @MethodSource("masks")
    void agreesUnderEveryMask(NamedMask mask) {
        AttentionInput input = new Shape(4, 2, 3, 260, 24, 40).input(3).withMask(mask.mask());
        for (int first : new int[] {0, 62, 199, 317}) {
            assertAgrees(input.withPositions(first, 60));
        }
    }

    /** Windows that begin and end anywhere in the blocks of keys, or in two of them. */
    @ParameterizedTest
    @ValueSource(ints = {3, 70, 600})
    void agreesUnderAWindow(int window) {
        AttentionInput input =
                new Shape(2, 1, 2, 1500, 20, 24)
                        .input(4)
                        .withSoftCap(5)
                        .withMask(AttentionMask.slidingWindow(window));
        for (int first : new int[] {0, 63, 511, 575, 1000, 1498}) {
            assertAgrees(input.withPositions(first, 0));
        }
    }

    @Test
    void agreesWithCapBiasAndSinks() {
        assertAgrees(
                new Shape(4, 2, 2, 300, 20, 20)
                        .input(11, 3)
                        .withSoftCap(4)
                        .withSinks(0.5f, -1, Float.NEGATIVE_INFINITY, 9)
                        .withMask(AttentionMask.slidingWindow(70))
                        .withBias(AttentionBias.alibi(4))
                        .withPositions(280, 0));
    }

    /** A query that comes with others in a panel gives what it gives alone. */
    @Test
    void agreesWithThePanelOfQueries() {
        AttentionInput many =
                new Shape(2, 1, 70, 500, 64, 64).input(9).withMask(AttentionMask.causal());
        AttentionOutput whole = Attention.forward(many.withPositions(430, 0));
        for (int row : new int[] {0, 33, 69}) {
            AttentionInput one =
                    AttentionInput.of(many.q().rows(row, row + 1), many.k(), many.v())
                            .withMask(AttentionMask.causal())
                            .withPositions(430 + row, 0);
            AttentionOutput alone = Attention.forward(one);
            for (int head = 0; head < 2; head++) {
                for (int c = 0; c < 64; c++) {
                    assertThat(alone.out().get(head, 0, c))
                            .isCloseTo(whole.out().get(head, row, c), within(2e-6f));
                }
            }
        }
    }

    @Test
    void whatIsHiddenCannotLeak() {
        AttentionInput clean =
                new Shape(2, 1, 2, 3000, 16, 16)
                        .input(6)
                        .withMask(AttentionMask.causal())
                        .withPositions(2500, 0);
        AttentionOutput expected = Attention.forward(clean);
        for (float poison :
                new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            Heads k = Shape.with((Heads) clean.k(), 0, 2502, 3, poison);
            Heads v = Shape.with((Heads) clean.v(), 0, 2999, 3, poison);
            assertSameBits(Attention.forward(Shape.with(clean, k, v)), expected);
        }
    }

    @Test
    void hasTheSameBitsOnAnyNumberOfThreads() {
        AttentionInput input = new Shape(3, 3, 2, 9000, 32, 32).input(8);
        AttentionOutput one = Attention.forward(input, 1);
        assertSameBits(Attention.forward(input, 2), one);
        assertSameBits(Attention.forward(input, 3), one);
    }
}

package heed.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Every refusal is an IllegalArgumentException that names the dimension and both values. */
class BadInputTest {
    private static final AttentionInput INPUT = new Shape(4, 2, 5, 7, 8, 6).input(0);

    private static void refused(ThrowingCallable call, String... parts) {
        assertThatIllegalArgumentException()
                .isThrownBy(call)
                .satisfies(
                        e -> {
                            for (String part : parts) {
                                assertThat(e).hasMessageContaining(part);
                            }
                        });
    }

    private static Heads zeros(int heads, int rows, int columns) {
        return Heads.zeros(heads, rows, columns);
    }

    @Test
    void headsHaveDimensionsThatFitTheirArray() {
        refused(() -> Heads.of(2, 3, 4, new float[23]), "2 heads × 3 rows × 4 columns", "24", "23");
        refused(() -> Heads.interleaved(3, 2, 4, new float[25]), "24 elements", "25");
        refused(() -> zeros(0, 3, 4), "1, 0 and 1, not 0, 3 and 4");
        refused(() -> zeros(1, -3, 4), "-3");
        refused(() -> zeros(1, 3, 0), "not 1, 3 and 0");
        refused(() -> zeros(1 << 12, 1 << 12, 1 << 12), "4096 heads × 4096 rows × 4096 columns");
        float[] data = new float[24];
        refused(() -> new Heads(data, -1, 2, 3, 4, 12, 4), "offset -1");
        refused(() -> new Heads(data, 0, 2, 3, 4, -12, 4), "head stride -12");
        refused(() -> new Heads(data, 0, 2, 3, 4, 12, 3), "row stride 3", "4 columns");
        refused(() -> new Heads(data, 1, 2, 3, 4, 12, 4), "offset 1 needs 25", "24");
        refused(() -> new Heads(data, 0, 2, 3, 4, 13, 4), "needs 25", "24");
        refused(
                () -> new Heads(data, 0, 2, 3, 4, Integer.MAX_VALUE, Integer.MAX_VALUE),
                "the array has 24");
    }

    @Test
    void slicesStayWithinTheirHeads() {
        Heads heads = zeros(2, 3, 4);
        refused(() -> heads.rows(-1, 2), "rows -1 to 2", "3 rows");
        refused(() -> heads.rows(2, 1), "rows 2 to 1", "3 rows");
        refused(() -> heads.rows(0, 4), "rows 0 to 4", "3 rows");
        refused(() -> heads.heads(-1, 2), "heads -1 to 2", "2 heads");
        refused(() -> heads.heads(1, 1), "heads 1 to 1", "2 heads");
        refused(() -> heads.heads(0, 3), "heads 0 to 3", "2 heads");
    }

    @Test
    void queriesKeysAndValuesFitTogether() {
        Heads q = INPUT.q();
        Heads k = (Heads) INPUT.k();
        Heads v = (Heads) INPUT.v();
        refused(
                () -> AttentionInput.of(zeros(5, 5, 8), k, v),
                "5 query heads are not a multiple of 2 key/value heads");
        refused(() -> AttentionInput.of(zeros(1, 5, 8), k, v), "1 query heads", "2 key/value");
        refused(() -> AttentionInput.of(q, k, zeros(4, 7, 6)), "2 key heads and 4 value heads");
        refused(() -> AttentionInput.of(q, k, zeros(2, 9, 6)), "7 keys and 9 values differ");
        refused(
                () -> AttentionInput.of(q, zeros(2, 7, 9), v),
                "queries have 8 columns, keys have 9");
    }

    @Test
    void scalarsAreInRange() {
        refused(() -> INPUT.withScale(Float.NaN), "scale must be finite, not NaN");
        refused(() -> INPUT.withScale(Float.POSITIVE_INFINITY), "not Infinity");
        refused(() -> INPUT.withSoftCap(0), "soft cap must be positive, not 0.0");
        refused(() -> INPUT.withSoftCap(-3), "not -3.0");
        refused(() -> INPUT.withSoftCap(Float.NaN), "not NaN");
        refused(() -> INPUT.withPositions(-1, 3), "query -1, key 3");
        refused(() -> INPUT.withPositions(2, -4), "query 2, key -4");
        refused(() -> INPUT.withPositions(Integer.MAX_VALUE - 4, 3), "2147483643", "key 3");
        refused(() -> INPUT.withPositions(3, Integer.MAX_VALUE), "query 3", "2147483647");
        refused(() -> INPUT.withSinks(1, 2, 3), "3 sinks for 4 query heads");
        refused(() -> Attention.forward(INPUT, 0), "at least 1 thread, not 0");
        refused(() -> Attention.forward(INPUT, -2), "not -2");
    }

    @Test
    void aProbabilityOfDropoutIsAtLeast0AndLessThan1() {
        for (double p : new double[] {-0.1, -Double.MIN_VALUE, 1, 1.5, Double.NaN}) {
            refused(() -> new AttentionDropout(p, 3), "at least 0 and less than 1, not " + p);
        }
        assertThatCode(() -> new AttentionDropout(Math.nextDown(1.0), 3))
                .doesNotThrowAnyException();
    }

    @Test
    void masksHaveBounds() {
        refused(() -> AttentionMask.slidingWindow(0), "at least 1 key, not 0");
        refused(() -> AttentionMask.slidingWindow(-1, 2), "-1 before, 2 after");
        refused(() -> AttentionMask.slidingWindow(1, -2), "1 before, -2 after");
        refused(() -> AttentionMask.prefix(-1), "prefix", "-1");
        refused(() -> AttentionMask.padding(-1), "length", "-1");
        refused(() -> AttentionMask.padding(new int[] {3, -2}, 1), "-2");
        refused(() -> AttentionMask.padding(new int[0], 3), "0 lengths and 3 heads");
        refused(() -> AttentionMask.padding(new int[] {3}, 0), "1 lengths and 0 heads");
        refused(() -> AttentionMask.documents(3, -1), "-1");
        refused(() -> AttentionMask.documents(-1), "-1");
        refused(() -> AttentionMask.dense(new boolean[0][][], 0, 0), "at least 1 head, not 0");
        refused(
                () ->
                        AttentionMask.dense(
                                new boolean[][][] {new boolean[5][7], new boolean[4][7]}, 0, 0),
                "head 1",
                "4 queries",
                "5");
        refused(
                () -> AttentionMask.dense(new boolean[][] {new boolean[7], new boolean[6]}),
                "query 1",
                "6 keys",
                "7");
    }

    @Test
    void masksCoverTheInput() {
        refused(
                () -> INPUT.withMask(AttentionMask.padding(new int[] {5}, 3)),
                "1 lengths of 3 heads",
                "4 heads");
        refused(() -> INPUT.withMask(AttentionMask.documents(3, 3)), "6 tokens", "5", "7");
        refused(() -> INPUT.withMask(AttentionMask.dense(new boolean[4][7])), "0 to 4", "0 to 5");
        refused(() -> INPUT.withMask(AttentionMask.dense(new boolean[5][6])), "0 to 6", "0 to 7");
        refused(
                () -> INPUT.withMask(AttentionMask.dense(new boolean[3][5][7], 0, 0)),
                "3 heads",
                "4 query heads");
        refused(
                () -> INPUT.withMask(AttentionMask.dense(new boolean[1][5][7], 1, 0)),
                "queries 1 to 6",
                "queries 0 to 5");
        refused(
                () -> INPUT.withMask(AttentionMask.dense(new boolean[1][5][7], 0, 2)),
                "keys 2 to 9",
                "keys 0 to 7");
        AttentionMask tooSmall = AttentionMask.documents(3);
        refused(() -> INPUT.withMask(AttentionMask.causal().and(tooSmall)), "3 tokens");
        refused(() -> INPUT.withMask(tooSmall.or(AttentionMask.causal())), "3 tokens");
        AttentionInput covered = INPUT.withMask(AttentionMask.documents(7));
        refused(() -> covered.withPositions(3, 0), "7 tokens", "queries up to 8");
    }

    @Test
    void biasesCoverTheInput() {
        refused(() -> INPUT.withBias(AttentionBias.alibi(3)), "3 ALiBi slopes for 4 query heads");
        refused(() -> AttentionBias.alibi(0), "at least 1 head, not 0");
        refused(
                () -> INPUT.withBias(AttentionBias.additive(zeros(2, 5, 7))),
                "2 heads",
                "4 query heads");
        refused(
                () -> INPUT.withBias(AttentionBias.additive(zeros(1, 4, 7))),
                "queries 0 to 4",
                "queries 0 to 5");
        refused(
                () -> INPUT.withBias(AttentionBias.additive(zeros(1, 5, 6))),
                "keys 0 to 6",
                "keys 0 to 7");
        refused(
                () -> INPUT.withBias(AttentionBias.additive(zeros(1, 5, 7), 1, 0)),
                "queries 1 to 6",
                "queries 0 to 5");
        AttentionBias fits = AttentionBias.alibi(4);
        AttentionBias tooFew = AttentionBias.alibi(1f, 2f, 3f);
        refused(() -> INPUT.withBias(fits.plus(tooFew)), "3 ALiBi slopes");
        refused(() -> INPUT.withBias(tooFew.plus(fits)), "3 ALiBi slopes");
    }

    @Test
    void sinksAndSlopesAreCopied() {
        float[] sinks = {1, 2, 3, 4};
        AttentionInput input = INPUT.withSinks(sinks);
        float[] slopes = {1, 2, 3, 4};
        AttentionBias bias = AttentionBias.alibi(slopes);
        sinks[0] = 9;
        slopes[0] = 9;
        assertThatCode(() -> input.withBias(bias)).doesNotThrowAnyException();
        assertThat(input.sinks()).containsExactly(1, 2, 3, 4);
        assertThat(bias.at(0, 1, 0)).isEqualTo(-1);
    }
}

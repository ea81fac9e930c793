package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** NaN and infinity: nothing of them behind a mask, all of them where they are visible. */
@Tag("numeric")
class NonFiniteTest {
    private static final int QUERIES = 97;
    private static final int KEYS = 257;
    private static final Shape SHAPE = new Shape(2, 1, QUERIES, KEYS, 32, 20);

    /** Masks that hide {@link #hidden} keys from all queries. */
    static Stream<AttentionMask> hidingMasks() {
        AttentionMask odd = AttentionMask.predicate((head, query, key) -> key % 7 != 3);
        boolean[][] dense = new boolean[QUERIES][KEYS];
        for (boolean[] row : dense) {
            for (int key = 0; key < KEYS; key++) {
                row[key] = key % 7 != 3;
            }
        }
        return Stream.of(
                odd,
                AttentionMask.dense(dense),
                odd.and(AttentionMask.causal()),
                odd.and(AttentionMask.slidingWindow(40, 9)));
    }

    private static boolean hidden(int key) {
        return key % 7 == 3;
    }

    @ParameterizedTest
    @MethodSource("hidingMasks")
    void nothingLeaksFromBehindAMask(AttentionMask mask) {
        AttentionInput clean = SHAPE.input(1).withMask(mask);
        AttentionOutput expected = assertAgrees(clean);
        for (float poison : poisons()) {
            AttentionOutput actual = assertAgrees(poisoned(clean, poison));
            assertThat(actual.out().data()).isEqualTo(expected.out().data());
            assertThat(actual.lse()).isEqualTo(expected.lse());
        }
    }

    @Test
    void nothingLeaksFromBehindABiasOfMinusInfinity() {
        Heads bias = Shape.normal(2, 1, QUERIES, KEYS, 1);
        for (int query = 0; query < QUERIES; query++) {
            for (int key = 0; key < KEYS; key++) {
                if (hidden(key) || query == 50) {
                    bias.data()[query * KEYS + key] = Float.NEGATIVE_INFINITY;
                }
            }
        }
        for (float poison : poisons()) {
            AttentionInput input = SHAPE.input(1).withBias(AttentionBias.additive(bias));
            AttentionOutput actual = assertAgrees(poisoned(input, poison));
            assertThat(actual.out().row(1, 50)).containsOnly(0f);
            assertThat(actual.lse(1, 50)).isEqualTo(Float.NEGATIVE_INFINITY);
            assertAgrees(poisoned(input.withMask(AttentionMask.causal()), poison));
            assertAgrees(poisoned(input.withSoftCap(3), poison));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void nothingLeaksFromPaddingOrFromTheFuture(float poison) {
        AttentionInput input = new Shape(2, 2, 66, 130, 16, 16).input(3);
        Heads k = (Heads) input.k();
        Heads v = (Heads) input.v();
        for (int head = 0; head < 2; head++) {
            for (int key = 66; key < 130; key++) {
                k = Shape.with(k, head, key, key % 16, poison);
                v = Shape.with(v, head, key, key % 16, poison);
            }
        }
        AttentionInput poisoned = Shape.with(input, k, v);
        assertAgrees(poisoned.withMask(AttentionMask.padding(66)));
        assertAgrees(poisoned.withMask(AttentionMask.padding(13)));
        assertAgrees(poisoned.withMask(AttentionMask.causal()));
        assertAgrees(poisoned.withMask(AttentionMask.prefix(40)));
        assertAgrees(poisoned.withMask(AttentionMask.documents(33, 33, 64)));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aValueShowsInExactlyTheRowsThatSeeIt(float poison) {
        AttentionInput input = SHAPE.input(4);
        AttentionInput causal =
                Shape.with(
                                input,
                                (Heads) input.k(),
                                Shape.with((Heads) input.v(), 0, 31, 5, poison))
                        .withMask(AttentionMask.causal());
        AttentionOutput output = assertAgrees(causal);
        for (int head = 0; head < 2; head++) {
            for (int query = 0; query < QUERIES; query++) {
                assertThat(output.lse(head, query)).isFinite();
                for (int c = 0; c < 20; c++) {
                    float value = output.out().get(head, query, c);
                    assertThat(Float.isFinite(value))
                            .as("head %d, query %d, column %d: %s", head, query, c, value)
                            .isEqualTo(query < 31 || c != 5);
                }
            }
        }
    }

    @Test
    void aKeyOfNaNSpoilsExactlyTheRowsThatSeeIt() {
        AttentionInput input = SHAPE.input(5);
        AttentionInput causal =
                Shape.with(
                                input,
                                Shape.with((Heads) input.k(), 0, 60, 9, Float.NaN),
                                (Heads) input.v())
                        .withMask(AttentionMask.causal());
        AttentionOutput output = assertAgrees(causal);
        for (int query = 0; query < QUERIES; query++) {
            assertThat(Float.isNaN(output.lse(1, query))).isEqualTo(query >= 60);
            assertThat(Float.isNaN(output.out().get(1, query, 0))).isEqualTo(query >= 60);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void aQueryOfNaNSpoilsItsOwnRowAlone(float poison) {
        AttentionInput clean = SHAPE.input(6).withMask(AttentionMask.causal());
        AttentionOutput expected = Attention.forward(clean);
        AttentionInput input =
                Shape.with(
                        clean,
                        Shape.with(clean.q(), 1, 40, 3, poison),
                        (Heads) clean.k(),
                        (Heads) clean.v());
        AttentionOutput actual = Attention.forward(input);
        for (int head = 0; head < 2; head++) {
            for (int query = 0; query < QUERIES; query++) {
                if (head == 1 && query == 40) {
                    assertThat(actual.lse(head, query)).isNaN();
                    assertThat(actual.out().row(head, query)).containsOnly(Float.NaN);
                } else {
                    assertThat(actual.lse(head, query)).isEqualTo(expected.lse(head, query));
                    assertThat(actual.out().row(head, query))
                            .isEqualTo(expected.out().row(head, query));
                }
            }
        }
    }

    /**
     * Heads follow one another in the same buffers, and with so many keys sums begin anew in them:
     * nothing of a head of NaN shows in the next, whose scores rise where a sum has just begun.
     */
    @Test
    void aHeadOfNaNLeavesNothingToTheNext() {
        AttentionInput clean = new Shape(2, 2, 70, 1300, 20, 20).input(11);
        Heads k = Shape.with((Heads) clean.k(), 1, 515, 0, 90);
        AttentionMask odd = AttentionMask.predicate((head, query, key) -> !hidden(key));
        for (AttentionMask mask : List.of(AttentionMask.full(), odd)) {
            AttentionInput input = Shape.with(clean, k, (Heads) clean.v()).withMask(mask);
            AttentionOutput expected = assertAgrees(input);
            Heads v = Shape.with((Heads) clean.v(), 0, 0, 0, Float.NaN);
            for (int key = 0; key < 1300; key += 2) {
                v.data()[v.index(0, key) + key % 20] = Float.NaN;
                if (mask.equals(odd) && hidden(key)) {
                    v.data()[v.index(1, key) + 7] = Float.NaN;
                }
            }
            AttentionOutput actual = Attention.forward(Shape.with(input, k, v), 1);
            for (int query = 0; query < 70; query++) {
                assertThat(actual.out().row(0, query)).contains(Float.NaN);
                assertThat(actual.out().row(1, query)).isEqualTo(expected.out().row(1, query));
            }
        }
    }

    @Test
    void aQueryOfNaNWithNothingToAttendToIsZero() {
        AttentionInput input = new Shape(1, 1, 2, 5, 8, 8).input(7);
        AttentionInput poisoned =
                AttentionInput.of(Shape.with(input.q(), 0, 1, 0, Float.NaN), input.k(), input.v())
                        .withMask(AttentionMask.predicate((head, query, key) -> query == 0));
        AttentionOutput output = assertAgrees(poisoned);
        assertThat(output.out().row(0, 1)).containsOnly(0f);
    }

    @Test
    void largeFiniteScoresDoNotOverflow() {
        AttentionInput input = SHAPE.input(8);
        assertAgrees(input.withScale(1e4f));
        AttentionOutput output = Attention.forward(input.withScale(1e30f));
        assertThat(output.out().data()).doesNotContain(Float.NaN);
        Heads low = Heads.zeros(1, QUERIES, KEYS);
        for (int i = 0; i < low.data().length; i++) {
            low.data()[i] = i % KEYS == 200 ? 0 : -1e9f;
        }
        assertAgrees(input.withBias(AttentionBias.additive(low)));
    }

    /** Models write {@code -Float.MAX_VALUE} for −∞ in their masks. */
    @Test
    void theLowestFiniteBiasHidesAllButTheRestOfItsRow() {
        Heads bias = Shape.normal(9, 1, QUERIES, KEYS, 1);
        for (int query = 0; query < QUERIES; query++) {
            for (int key = 0; key < KEYS; key++) {
                if (hidden(key) || key > query + 3) {
                    bias.data()[query * KEYS + key] = -Float.MAX_VALUE;
                }
            }
        }
        assertAgrees(SHAPE.input(9).withBias(AttentionBias.additive(bias)));
    }

    private static float[] poisons() {
        return new float[] {
            Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE
        };
    }

    /** Puts the poison in all hidden keys and values: in all columns, or in one. */
    private static AttentionInput poisoned(AttentionInput input, float poison) {
        Heads k = Shape.with((Heads) input.k(), 0, 0, 0, input.k().get(0, 0, 0));
        Heads v = Shape.with((Heads) input.v(), 0, 0, 0, input.v().get(0, 0, 0));
        for (int key = 0; key < KEYS; key++) {
            if (hidden(key)) {
                for (int c = 0; c < v.columns(); c += key % 2 == 0 ? 1 : 11) {
                    k.data()[k.index(0, key) + c] = poison;
                    v.data()[v.index(0, key) + c] = -poison;
                }
            }
        }
        return Shape.with(input, k, v);
    }
}

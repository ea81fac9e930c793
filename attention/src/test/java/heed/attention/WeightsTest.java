package heed.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import heed.attention.AttentionWeights.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention weights, recomputed from the log-sum-exps, against the oracle. */
@Tag("numeric")
class WeightsTest {
    private static final int HEADS = 4;
    private static final int QUERIES = 70;
    private static final int KEYS = 131;
    private static final Shape SHAPE = new Shape(HEADS, 2, QUERIES, KEYS, 24, 8);

    /**
     * A weight is {@code exp(S − LSE)}, both of which are rounded: 16 units in the last place of
     * numbers up to 16. A plain float32 version is no better.
     */
    private static final double TOLERANCE = 16 * 16 * 0x1p-24;

    static Stream<AttentionInput> inputs() {
        AttentionInput input = SHAPE.input(1, 2);
        Heads bias = Shape.normal(2, 1, QUERIES, KEYS, 2);
        for (int key = 0; key < KEYS; key += 4) {
            bias.data()[key + 9 * KEYS] = Float.NEGATIVE_INFINITY;
        }
        return Stream.of(
                input,
                input.withMask(AttentionMask.causal()).withPositions(50, 0),
                input.withMask(AttentionMask.padding(new int[] {0, 77}, 2)),
                input.withBias(AttentionBias.alibi(HEADS)),
                input.withBias(AttentionBias.additive(bias)),
                input.withSoftCap(2).withScale(0.3f),
                input.withSinks(0, 1, 5, -3),
                SHAPE.input(3)
                        .withPositions(30, 10)
                        .withSinks(2, 2, 2, 2)
                        .withSoftCap(5)
                        .withBias(AttentionBias.alibi(HEADS))
                        .withMask(
                                AttentionMask.slidingWindow(20, 3)
                                        .and(
                                                AttentionMask.predicate(
                                                        (head, query, key) -> query != 33))));
    }

    private static AttentionWeights weights(AttentionInput input) {
        return new AttentionWeights(input, Attention.forward(input));
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void rowsAreThoseOfTheDefinition(AttentionInput input) {
        AttentionWeights weights = weights(input);
        ReferenceAttention reference = new ReferenceAttention(input);
        for (int head = 0; head < HEADS; head++) {
            for (int query = 0; query < QUERIES; query++) {
                assertClose(weights.row(head, query), reference.weights(head, query), 0);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void tilesAreCutFromTheRows(AttentionInput input) {
        AttentionWeights weights = weights(input);
        ReferenceAttention reference = new ReferenceAttention(input);
        int[][] tiles = {{0, 1, 0, KEYS}, {3, 66, 5, 126}, {69, 1, 130, 1}, {10, 0, 4, 9}};
        for (int head = 0; head < HEADS; head++) {
            for (int[] t : tiles) {
                float[][] tile = weights.tile(head, t[0], t[1], t[2], t[3]);
                assertThat(tile).hasNumberOfRows(t[1]);
                for (int i = 0; i < t[1]; i++) {
                    assertThat(tile[i]).hasSize(t[3]);
                    assertClose(tile[i], reference.weights(head, t[0] + i), t[2]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void groupsHoldTheirLargestWeightAndTheirSum(AttentionInput input) {
        AttentionWeights weights = weights(input);
        ReferenceAttention reference = new ReferenceAttention(input);
        int[] at = {3, 66, 5, 126};
        for (int group = 1; group <= 64; group *= 2) {
            int groups = (at[3] + group - 1) / group;
            float[][] largest = new float[at[1]][groups];
            float[][] sums = new float[at[1]][groups];
            for (float[] row : largest) {
                Arrays.fill(row, Float.NaN);
            }
            weights.groups(2, at[0], at[1], at[2], at[3], group, largest, sums);
            for (int i = 0; i < at[1]; i++) {
                double[] row = reference.weights(2, at[0] + i);
                for (int g = 0; g < groups; g++) {
                    int from = at[2] + g * group;
                    int to = Math.min(from + group, at[2] + at[3]);
                    double[] seen = Arrays.copyOfRange(row, from, to);
                    assertThat((double) largest[i][g])
                            .isCloseTo(Arrays.stream(seen).max().orElseThrow(), within(TOLERANCE));
                    assertThat((double) sums[i][g])
                            .isCloseTo(Arrays.stream(seen).sum(), within(TOLERANCE));
                }
            }
        }
        float[][] narrow = new float[at[1]][31];
        for (int group : new int[] {0, 3, 4, 128}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> weights.groups(2, 3, 66, 5, 126, group, narrow, narrow));
        }
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void scoresAreThoseOfTheDefinition(AttentionInput input) {
        AttentionWeights weights = weights(input);
        ReferenceAttention reference = new ReferenceAttention(input);
        for (int head = 0; head < HEADS; head++) {
            float[][] scores = weights.scores(head, 2, 67, 3, 120);
            for (int i = 0; i < 67; i++) {
                assertClose(scores[i], reference.scores(head, 2 + i), 3);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void rowsSumToOneLessTheSink(AttentionInput input) {
        AttentionOutput output = Attention.forward(input);
        AttentionWeights weights = new AttentionWeights(input, output);
        float[] sinks = input.sinks();
        for (int head = 0; head < HEADS; head++) {
            for (int query = 0; query < QUERIES; query++) {
                double sum = 0;
                float least = 0;
                for (float weight : weights.row(head, query)) {
                    least = Math.min(least, weight);
                    sum += weight;
                }
                assertThat(least).isZero();
                double lse = output.lse(head, query);
                double expected = lse == Double.NEGATIVE_INFINITY ? 0 : 1;
                if (sinks != null) {
                    expected -= Math.exp(sinks[head] - lse);
                }
                assertThat(sum).isCloseTo(expected, within(TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void columnSumsAddUpTheRows(AttentionInput input) {
        AttentionWeights weights = weights(input);
        ReferenceAttention reference = new ReferenceAttention(input);
        for (int head = 0; head < HEADS; head++) {
            double[] expected = new double[KEYS];
            for (int query = 0; query < QUERIES; query++) {
                double[] row = reference.weights(head, query);
                for (int key = 0; key < KEYS; key++) {
                    expected[key] += row[key];
                }
            }
            double[] sums = weights.columnSums(head);
            assertThat(sums).hasSize(KEYS);
            for (int key = 0; key < KEYS; key++) {
                assertThat(sums[key]).isCloseTo(expected[key], within(QUERIES * TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void theTopAreTheLargestOfTheRow(AttentionInput input) {
        AttentionWeights weights = weights(input);
        ReferenceAttention reference = new ReferenceAttention(input);
        for (int head = 0; head < HEADS; head++) {
            for (int query = 0; query < QUERIES; query += 3) {
                float[] row = weights.row(head, query);
                double[] scores = reference.scores(head, query);
                List<Weight> expected = new ArrayList<>();
                IntStream.range(0, KEYS)
                        .filter(key -> scores[key] != Double.NEGATIVE_INFINITY && row[key] > 0)
                        .forEach(key -> expected.add(new Weight(key, row[key])));
                expected.sort(
                        Comparator.comparingDouble((Weight w) -> -w.weight())
                                .thenComparingInt(Weight::key));
                for (int k : new int[] {1, 5, KEYS, KEYS + 10}) {
                    assertThat(weights.top(head, query, k))
                            .isEqualTo(expected.subList(0, Math.min(k, expected.size())));
                }
            }
        }
    }

    @Test
    void equalWeightsAreOrderedByKey() {
        AttentionInput input =
                AttentionInput.of(
                        Heads.zeros(1, 1, 8), Shape.normal(1, 1, 50, 8, 1), Heads.zeros(1, 50, 8));
        AttentionWeights weights =
                weights(input.withMask(AttentionMask.predicate((h, q, key) -> key % 2 == 1)));
        assertThat(weights.top(0, 0, 3)).extracting(Weight::key).containsExactly(1, 3, 5);
        assertThat(weights.top(0, 0, 50)).hasSize(25);
    }

    @Test
    void aRowWithNothingToAttendToHasNoWeights() {
        AttentionInput input = SHAPE.input(4).withMask(AttentionMask.padding(0));
        AttentionWeights weights = weights(input);
        assertThat(weights.row(1, 5)).hasSize(KEYS).containsOnly(0f);
        assertThat(weights.top(1, 5, 3)).isEmpty();
        assertThat(weights.columnSums(1)).hasSize(KEYS).containsOnly(0);
        assertThat(weights.scores(1, 5, 1, 0, KEYS)[0]).containsOnly(Float.NEGATIVE_INFINITY);
    }

    @Test
    void refusesRowsThatAreNotThere() {
        AttentionWeights weights = weights(SHAPE.input(6));
        assertRefused(() -> weights.row(4, 0), "head 4 is not one of 4");
        assertRefused(() -> weights.columnSums(-1), "head -1 is not one of 4");
        assertRefused(() -> weights.row(0, 70), "queries 70 to 71 are not within 70");
        assertRefused(() -> weights.tile(0, -1, 2, 0, 1), "queries -1 to 1 are not within 70");
        assertRefused(() -> weights.tile(0, 0, 1, 130, 2), "keys 130 to 132 are not within 131");
        assertRefused(() -> weights.scores(0, 0, 1, 0, -1), "keys 0 to -1 are not within 131");
        assertRefused(() -> weights.top(0, 0, -1), "the -1 largest");
        assertRefused(
                () ->
                        new AttentionWeights(
                                SHAPE.input(6),
                                Attention.forward(new Shape(2, 1, 3, 5, 4, 4).input(6))),
                "2 heads × 3 queries for an input of 4 × 70");
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    @Test
    void nothingLeaksFromBehindAMask() {
        AttentionInput clean = SHAPE.input(5).withMask(AttentionMask.padding(100));
        Heads k = (Heads) clean.k();
        for (int key = 100; key < KEYS; key++) {
            k = Shape.with(k, key % 2, key, 3, key % 4 < 2 ? Float.NaN : Float.POSITIVE_INFINITY);
        }
        AttentionWeights expected = weights(clean);
        AttentionWeights actual = weights(Shape.with(clean, k, (Heads) clean.v()));
        for (int head = 0; head < HEADS; head++) {
            assertThat(actual.row(head, 7)).isEqualTo(expected.row(head, 7));
            assertThat(actual.columnSums(head)).isEqualTo(expected.columnSums(head));
            assertThat(actual.top(head, 7, 9)).isEqualTo(expected.top(head, 7, 9));
        }
    }

    private static void assertClose(float[] actual, double[] expected, int from) {
        for (int i = 0; i < actual.length; i++) {
            double error = ReferenceAttention.Result.error(expected[from + i], actual[i]);
            if (error > TOLERANCE) {
                assertThat((double) actual[i]).as("key %d", from + i).isEqualTo(expected[from + i]);
            }
        }
    }
}

package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The forward pass over shapes and features, against the oracle. */
class ForwardTest {
    private static final int[] LENGTHS = {1, 2, 13, 97, 257};
    private static final int LONG = 1025;
    private static final int[][] COLUMNS = {
        {64, 64}, {1, 1}, {80, 80}, {8, 32}, {32, 32}, {128, 13}, {8, 8}, {64, 128}, {13, 1}
    };

    static Stream<Shape> shapes() {
        return shapes(IntStream.of(LENGTHS), LENGTHS, 3);
    }

    static Stream<Shape> longShapes() {
        return Stream.concat(
                shapes(IntStream.of(LONG), LENGTHS, 2),
                shapes(IntStream.of(LENGTHS), new int[] {LONG}, 2));
    }

    /** All pairs of lengths, each with a few of the columns in turn. */
    private static Stream<Shape> shapes(IntStream queries, int[] keys, int each) {
        List<Shape> shapes = new ArrayList<>();
        queries.forEach(
                q -> {
                    for (int k : keys) {
                        for (int i = 0; i < each; i++) {
                            int[] columns = COLUMNS[shapes.size() % COLUMNS.length];
                            shapes.add(new Shape(2, 1, q, k, columns[0], columns[1]));
                        }
                    }
                });
        return shapes.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    @Tag("numeric")
    void agreesForAllPairsOfLengths(Shape shape) {
        AttentionInput input = shape.input(shape.hashCode());
        assertAgrees(input);
        assertAgrees(input.withMask(AttentionMask.causal()));
    }

    @ParameterizedTest
    @MethodSource("longShapes")
    void agreesForLongSequences(Shape shape) {
        AttentionInput input = shape.input(shape.hashCode());
        assertAgrees(input);
        assertAgrees(input.withMask(AttentionMask.causal()));
    }

    @ParameterizedTest
    @CsvSource({"64, 64", "128, 80", "1, 8"})
    void agreesForLongQueriesAndKeys(int columns, int valueColumns) {
        AttentionInput input = new Shape(1, 1, LONG, LONG, columns, valueColumns).input(3);
        assertAgrees(input);
        assertAgrees(input.withMask(AttentionMask.causal()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 16, 31, 32, 63})
    @Tag("numeric")
    void agreesWhereALateKeyExceedsAllEarlierScoresOfOneQuery(int query) {
        AttentionInput input = new Shape(1, 1, 64, 300, 32, 16).input(11);
        float[] k = ((Heads) input.k()).data().clone();
        for (int c = 0; c < 32; c++) {
            k[290 * 32 + c] = 4 * input.q().get(0, query, c);
        }
        assertAgrees(AttentionInput.of(input.q(), Heads.of(1, 300, 32, k), input.v()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 80, 96, 128, 256})
    @Tag("numeric")
    void agreesForEveryDimensionOfKeysAndOfValues(int columns) {
        assertAgrees(new Shape(1, 1, 66, 97, columns, 32).input(columns));
        assertAgrees(new Shape(1, 1, 66, 97, 32, columns).input(columns));
        assertAgrees(new Shape(1, 1, 1, 97, columns, columns).input(columns));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "2, 2", "6, 3", "8, 4", "8, 2", "12, 3", "5, 1", "12, 12"})
    @Tag("numeric")
    void aQueryHeadReadsTheKeysAndValuesOfItsGroup(int heads, int kvHeads) {
        AttentionInput input = new Shape(heads, kvHeads, 35, 97, 32, 8).input(4);
        assertAgrees(input);
        assertThat(input.keyHead(heads - 1)).isEqualTo(kvHeads - 1);
    }

    @Test
    void groupsAreBlocksOfNeighbours() {
        AttentionInput input = new Shape(4, 2, 1, 1, 8, 8).input(5);
        Heads out = Attention.forward(input).out();
        for (int head = 0; head < 4; head++) {
            assertThat(out.row(head, 0)).isEqualTo(input.v().row(head / 2, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 1, -0.5f, 0.01f, 1e-20f})
    @Tag("numeric")
    void scalesTheScores(float scale) {
        AttentionInput input = new Shape(2, 1, 33, 97, 16, 16).input(6);
        assertAgrees(input.withScale(scale));
    }

    @Test
    void theScaleIsOneOverTheRootOfTheColumnsUnlessGiven() {
        assertThat(Shape.of(1, 1, 64).input(0).scale()).isEqualTo(0.125f);
    }

    @ParameterizedTest
    @ValueSource(floats = {0.5f, 2, 30, 50, 1e4f, 1e30f})
    @Tag("numeric")
    void capsTheScoresSoftly(float cap) {
        for (float factor : new float[] {0.1f, 1, 30}) {
            AttentionInput input = new Shape(2, 1, 33, 97, 16, 16).input(7, factor);
            assertAgrees(input.withSoftCap(cap));
        }
    }

    @Test
    @Tag("numeric")
    void capsBeforeTheBiasAndBiasesBeforeTheMask() {
        AttentionInput input =
                new Shape(3, 3, 40, 97, 16, 16)
                        .input(8, 5)
                        .withSoftCap(2)
                        .withBias(AttentionBias.additive(Shape.normal(9, 3, 40, 97, 4)));
        assertAgrees(input);
        AttentionOutput masked = assertAgrees(input.withMask(AttentionMask.causal()));
        assertThat(masked.lse(0, 0)).isBetween(-30f, 30f);
    }

    @ParameterizedTest
    @ValueSource(floats = {-20, 0, 1, 5, 80})
    @Tag("numeric")
    void aSinkEntersTheDenominatorAlone(float sink) {
        AttentionInput input = new Shape(2, 1, 33, 97, 16, 16).input(10);
        assertAgrees(input.withSinks(sink, -sink));
        assertAgrees(input.withSinks(sink, sink).withMask(AttentionMask.causal()));
    }

    @Test
    void aSinkOfMinusInfinityIsNone() {
        AttentionInput input =
                new Shape(2, 1, 33, 97, 16, 16).input(10).withSinks(Float.NEGATIVE_INFINITY, 0);
        assertAgrees(input);
        AttentionOutput empty = assertAgrees(input.withMask(AttentionMask.padding(0)));
        assertThat(empty.lse(0, 0)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(empty.out().data()).containsOnly(0f);
    }

    @Test
    @Tag("numeric")
    void allFeaturesTogether() {
        AttentionBias additive = AttentionBias.additive(Shape.normal(12, 1, 130, 256, 1), 131, 5);
        assertAgrees(
                new Shape(8, 2, 130, 256, 80, 32)
                        .input(11, 3)
                        .withPositions(131, 5)
                        .withScale(0.2f)
                        .withSoftCap(20)
                        .withSinks(0, 1, 2, 3, 4, -1, -2, 9)
                        .withBias(AttentionBias.alibi(8).plus(additive))
                        .withMask(
                                AttentionMask.causal()
                                        .and(AttentionMask.documents(100, 50, 111))
                                        .or(AttentionMask.padding(9))
                                        .or(AttentionMask.slidingWindow(1, 30))));
    }

    @ParameterizedTest
    @CsvSource({"0, 5", "5, 0", "0, 0", "300, 0"})
    void noQueriesOrNoKeysAreNoError(int queries, int keys) {
        AttentionOutput output = assertAgrees(new Shape(3, 1, queries, keys, 8, 4).input(13));
        assertThat(output.lse()).hasSize(3 * queries).containsOnly(emptyRow(queries));
        assertThat(output.out().data()).hasSize(3 * queries * 4);
    }

    private static float[] emptyRow(int queries) {
        return queries == 0 ? new float[0] : new float[] {Float.NEGATIVE_INFINITY};
    }

    @Test
    @Tag("numeric")
    void rowsWithNothingToAttendToAreZero() {
        AttentionInput input = new Shape(2, 1, 70, 97, 16, 16).input(14);
        AttentionMask mask =
                AttentionMask.predicate((head, query, key) -> query % 3 != 0 && key > 40);
        AttentionOutput output = assertAgrees(input.withMask(mask));
        for (int query = 0; query < 70; query += 3) {
            assertThat(output.lse(1, query)).isEqualTo(Float.NEGATIVE_INFINITY);
            assertThat(output.out().row(1, query)).containsOnly(0f);
        }
        AttentionOutput none = assertAgrees(input.withMask(AttentionMask.padding(0)));
        assertThat(none.lse()).containsOnly(Float.NEGATIVE_INFINITY);
        assertThat(none.out().data()).containsOnly(0f);
    }

    @Test
    void aSinkOfARowWithNothingToAttendToIsItsLogSumExp() {
        AttentionInput input = new Shape(2, 1, 5, 9, 16, 16).input(15).withSinks(2, -3);
        AttentionOutput output = assertAgrees(input.withMask(AttentionMask.padding(0)));
        assertThat(output.out().data()).containsOnly(0f);
        assertThat(output.lse(1, 4)).isCloseTo(-3f, within(0x1p-22f));
    }

    @Test
    void theInputsAreOnlyRead() {
        AttentionInput input = new Shape(4, 2, 97, 97, 32, 32).input(16);
        AttentionInput copy = new Shape(4, 2, 97, 97, 32, 32).input(16);
        Attention.forward(input.withMask(AttentionMask.causal()));
        assertThat(input.q().data()).isEqualTo(copy.q().data());
        assertThat(((Heads) input.k()).data()).isEqualTo(((Heads) copy.k()).data());
        assertThat(((Heads) input.v()).data()).isEqualTo(((Heads) copy.v()).data());
    }
}

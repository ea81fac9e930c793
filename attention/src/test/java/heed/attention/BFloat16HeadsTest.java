package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static heed.attention.Agreement.assertSameBits;
import static heed.attention.Agreement.bits;
import static org.assertj.core.api.Assertions.assertThat;

import heed.attention.KvCache.Storage;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attention to keys and values in bfloat16, for few queries (one kernel) and for many (another):
 * that to the rounded numbers in float32, to the bit.
 */
@Tag("numeric")
class BFloat16HeadsTest {
    /** What rounding to bfloat16 changes at most, relative to the number. */
    private static final double UNIT_ROUNDOFF = 0x1p-8;

    static Stream<NamedMask> masks() {
        return NamedMask.all();
    }

    @ParameterizedTest
    @MethodSource("masks")
    void allMasksHideTheSamePairs(NamedMask mask) {
        for (int queries : new int[] {3, 130}) {
            AttentionInput input =
                    new Shape(4, 2, queries, 257, 40, 24)
                            .input(1)
                            .withPositions(100, 0)
                            .withMask(mask.mask());
            assertAgreesWithFloats(input);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 70})
    void allFeaturesTogether(int queries) {
        assertAgreesWithFloats(
                new Shape(6, 2, queries, 300, 64, 97)
                        .input(2)
                        .withPositions(230, 0)
                        .withMask(AttentionMask.causal())
                        .withBias(AttentionBias.alibi(6))
                        .withSoftCap(5)
                        .withSinks(0, 1, -1, 2, 0.5f, -3));
    }

    @ParameterizedTest
    @CsvSource({"1, 5000", "2, 2049", "1, 2048", "8, 4097", "9, 4097", "1, 1", "1, 0"})
    void segmentsOfManyKeys(int queries, int keys) {
        assertAgreesWithFloats(Shape.of(queries, keys, 64).input(3));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 70})
    void headsOfATokenMayLieTogether(int queries) {
        AttentionInput input = new Shape(4, 2, queries, 97, 33, 20).input(4);
        AttentionInput halves =
                Shape.with(input, interleaved(rounded(input.k())), interleaved(rounded(input.v())));
        assertSameBits(Attention.forward(halves), Attention.forward(inFloats(input)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 70})
    void oneOfKeysAndValuesMayStayInFloat32(int queries) {
        AttentionInput input = new Shape(4, 2, queries, 131, 32, 20).input(5);
        Heads k = (Heads) input.k();
        Heads v = (Heads) input.v();
        AttentionOutput keysRounded =
                Attention.forward(Shape.with(input, BFloat16Heads.rounded(k), v));
        AttentionOutput valuesRounded =
                Attention.forward(Shape.with(input, k, BFloat16Heads.rounded(v)));
        AttentionInput keysInFloats = Shape.with(input, widened(rounded(k)), v);
        AttentionInput valuesInFloats = Shape.with(input, k, widened(rounded(v)));
        assertSameBits(keysRounded, Attention.forward(keysInFloats));
        assertSameBits(valuesRounded, Attention.forward(valuesInFloats));
        assertAgrees(keysInFloats, keysRounded);
        assertAgrees(valuesInFloats, valuesRounded);
    }

    @ParameterizedTest
    @CsvSource({"1, 50", "70, 50", "1, 128", "70, 96"})
    void partsMergeToTheWhole(int queries, int cut) {
        AttentionInput input =
                new Shape(4, 2, queries, 257, 32, 20)
                        .input(6)
                        .withPositions(180, 0)
                        .withMask(AttentionMask.causal());
        AttentionInput halves = inHalves(input);
        AttentionOutput first = Attention.forward(part(halves, 0, cut));
        AttentionOutput inFloats = Attention.forward(part(inFloats(input), cut, 257));
        AttentionOutput second = Attention.forward(part(halves, cut, 257));
        assertAgrees(inFloats(input), first.merge(second));
        assertAgrees(inFloats(input), first.merge(inFloats));
    }

    /**
     * A score is off by at most δ, the sum of what rounding changes in its products; so a weight by
     * a factor within e^±2δ, and the output by what that and the rounding of a value allow.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 70})
    void isAsNearToTheUnroundedOutputAsRoundingAllows(int queries) {
        AttentionInput exact =
                new Shape(4, 2, queries, 300, 64, 64)
                        .input(7)
                        .withMask(AttentionMask.causal())
                        .withPositions(300 - queries, 0);
        KvCache cache = new KvCache(2, 64, 64, 0, Storage.BFLOAT16);
        cache.append(exact.k(), exact.v());
        AttentionOutput actual = Attention.forward(cache.attend(exact.q()));

        ReferenceAttention.Result expected = new ReferenceAttention(exact).forward();
        double delta = largestScoreError(exact);
        assertThat(expected.lseError(actual)).isLessThan(delta);
        assertThat(expected.outError(actual)).isLessThan(Math.expm1(2 * delta) + UNIT_ROUNDOFF);
        // What KvCache.Storage says of standard normal numbers; float32 would be 1e-6.
        assertThat(expected.outError(actual) * expected.largestValue()).isBetween(1e-4, 9e-3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 70})
    void nothingBehindAMaskLeaks(int queries) {
        AttentionInput clean =
                new Shape(2, 2, queries, 150, 64, 40).input(8).withMask(AttentionMask.padding(101));
        for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -Float.MAX_VALUE}) {
            AttentionInput poisoned =
                    Shape.with(
                            clean,
                            poisoned((Heads) clean.k(), 101, poison),
                            poisoned((Heads) clean.v(), 101, poison));
            AttentionOutput output = Attention.forward(inHalves(poisoned));
            assertAgrees(inFloats(clean), output);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 70})
    void whatIsSeenAndNoNumberShows(int queries) {
        AttentionInput input = Shape.of(queries, 97, 64).input(9);
        Heads v = Shape.with((Heads) input.v(), 0, 50, 7, Float.NaN);
        AttentionOutput output = Attention.forward(inHalves(Shape.with(input, input.k(), v)));
        for (int query = 0; query < queries; query++) {
            assertThat(output.out().get(0, query, 7)).isNaN();
            assertThat(output.out().get(0, query, 8)).isFinite();
        }
    }

    @Test
    void theNumberOfThreadsChangesNoBit() {
        for (int queries : new int[] {1, 130}) {
            AttentionInput input = inHalves(new Shape(3, 3, queries, 5000, 64, 64).input(10));
            assertSameBits(Attention.forward(input, 3), Attention.forward(input, 1));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 130})
    void theWeightsCanBeLookedAt(int queries) {
        AttentionInput input =
                new Shape(4, 2, queries, 257, 40, 24)
                        .input(11)
                        .withPositions(127, 0)
                        .withMask(AttentionMask.causal());
        AttentionInput floats = inFloats(input);
        AttentionOutput output = Attention.forward(floats);
        AttentionWeights expected = new AttentionWeights(floats, output);
        AttentionWeights actual = new AttentionWeights(inHalves(input), output);
        ReferenceAttention reference = new ReferenceAttention(floats);
        for (int head = 0; head < 4; head++) {
            assertThat(actual.tile(head, 0, queries, 30, 200))
                    .isDeepEqualTo(expected.tile(head, 0, queries, 30, 200));
            assertThat(actual.scores(head, 0, queries, 30, 200))
                    .isDeepEqualTo(expected.scores(head, 0, queries, 30, 200));
            assertThat(actual.columnSums(head)).isEqualTo(expected.columnSums(head));
            float[] row = actual.row(head, queries - 1);
            double[] weights = reference.weights(head, queries - 1);
            for (int key = 0; key < row.length; key++) {
                assertThat(Math.abs(row[key] - weights[key])).isLessThan(1e-6);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {1, Float.NaN, Float.NEGATIVE_INFINITY})
    void gradientsAreThoseOfTheRoundedNumbersInFloat32(float hidden) {
        AttentionInput clean =
                new Shape(4, 2, 130, 257, 40, 24)
                        .input(12)
                        .withSoftCap(4)
                        .withMask(AttentionMask.causal().and(AttentionMask.padding(101)));
        AttentionInput input =
                Shape.with(
                        clean,
                        poisoned((Heads) clean.k(), 101, hidden),
                        poisoned((Heads) clean.v(), 101, hidden));
        Heads dOut = Shape.normal(13, 4, 130, 24, 1);
        AttentionGradients actual = gradients(inHalves(input), dOut);
        AttentionGradients expected = gradients(inFloats(input), dOut);
        assertThat(bits(actual.dq().data())).isEqualTo(bits(expected.dq().data()));
        assertThat(bits(actual.dk().data())).isEqualTo(bits(expected.dk().data()));
        assertThat(bits(actual.dv().data())).isEqualTo(bits(expected.dv().data()));
        for (float value : actual.dq().data()) {
            assertThat(value).isFinite();
        }
        assertThat(actual.dk().row(1, 100)).isNotEqualTo(new float[40]);
        assertThat(actual.dk().row(1, 101)).isEqualTo(new float[40]);
    }

    private static AttentionGradients gradients(AttentionInput input, Heads dOut) {
        return Attention.backward(input, Attention.forward(input), dOut);
    }

    /** The same bits as in float32, and as near to the definition as float32 has to be. */
    private static void assertAgreesWithFloats(AttentionInput input) {
        AttentionInput floats = inFloats(input);
        AttentionOutput actual = Attention.forward(inHalves(input));
        assertSameBits(actual, Attention.forward(floats));
        assertAgrees(floats, actual);
    }

    private static AttentionInput inHalves(AttentionInput input) {
        return Shape.with(input, rounded(input.k()), rounded(input.v()));
    }

    /** In float32, but of the numbers that bfloat16 keeps. */
    private static AttentionInput inFloats(AttentionInput input) {
        return Shape.with(input, widened(rounded(input.k())), widened(rounded(input.v())));
    }

    private static BFloat16Heads rounded(KeyValueHeads heads) {
        return BFloat16Heads.rounded((Heads) heads);
    }

    private static Heads widened(BFloat16Heads heads) {
        Heads floats = Heads.zeros(heads.heads(), heads.rows(), heads.columns());
        for (int i = 0; i < floats.data().length; i++) {
            floats.data()[i] = Float.intBitsToFloat(heads.data()[i] << 16);
        }
        return floats;
    }

    /** {@code [rows, heads, columns]}, behind and before other numbers. */
    private static BFloat16Heads interleaved(BFloat16Heads heads) {
        int columns = heads.columns();
        int rowStride = heads.heads() * columns + 3;
        short[] data = new short[5 + heads.rows() * rowStride];
        Arrays.fill(data, (short) 0x7FC0);
        for (int head = 0; head < heads.heads(); head++) {
            for (int row = 0; row < heads.rows(); row++) {
                int to = 5 + row * rowStride + head * columns;
                System.arraycopy(heads.data(), heads.index(head, row), data, to, columns);
            }
        }
        return new BFloat16Heads(data, 5, heads.heads(), heads.rows(), columns, columns, rowStride);
    }

    /** A copy whose rows from {@code first} on hold nothing else. */
    private static Heads poisoned(Heads heads, int first, float poison) {
        float[] data = heads.data().clone();
        for (int head = 0; head < heads.heads(); head++) {
            Arrays.fill(
                    data,
                    heads.index(head, first),
                    heads.index(head, heads.rows() - 1) + heads.columns(),
                    poison);
        }
        return Heads.of(heads.heads(), heads.rows(), heads.columns(), data);
    }

    private static AttentionInput part(AttentionInput input, int from, int to) {
        return Shape.with(input, input.k().rows(from, to), input.v().rows(from, to))
                .withPositions(input.firstQuery(), input.firstKey() + from);
    }

    /** {@code max scale · Σ |q_c k_c| 2⁻⁸} over the pairs, and a little for float32. */
    private static double largestScoreError(AttentionInput input) {
        int group = input.q().heads() / input.k().heads();
        double largest = 0;
        for (int head = 0; head < input.q().heads(); head++) {
            for (int query = 0; query < input.q().rows(); query++) {
                for (int key = 0; key < input.k().rows(); key++) {
                    double sum = 0;
                    for (int c = 0; c < input.q().columns(); c++) {
                        sum +=
                                Math.abs(
                                        (double) input.q().get(head, query, c)
                                                * input.k().get(head / group, key, c));
                    }
                    largest = Math.max(largest, input.scale() * sum * UNIT_ROUNDOFF);
                }
            }
        }
        return largest + 1e-5;
    }
}

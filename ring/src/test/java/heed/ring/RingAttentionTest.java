package heed.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.attention.Attention;
import heed.attention.AttentionGradients;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionOutput;
import heed.attention.Heads;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Tuple2;

/** The ring against the engine in one process, float64, and another way to go through the pairs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RingAttentionTest {
    private static final double TOLERANCE = 1e-6;

    /** About: what a float rounds is relative to its size. */
    private static final double LARGEST_LSE = 10;

    private static final double GRADIENT_TOLERANCE = 1e-5;

    private JavaSparkContext spark;

    @BeforeAll
    void start() {
        spark = Sequences.spark();
    }

    @AfterAll
    void stop() {
        spark.stop();
    }

    private AttentionOutput ring(RingInput input, int parts) {
        try (RingAttention ring = RingAttention.of(spark, input, parts, Sequences.SMALL_TILES)) {
            return gather(input, ring.forward().collect());
        }
    }

    private static AttentionOutput gather(RingInput input, List<RowBlock> blocks) {
        int heads = input.q().heads();
        int tokens = input.tokens();
        return new AttentionOutput(
                Sequences.gather(blocks, "out", heads, tokens, input.v().columns()),
                Sequences.gather(blocks, "lse", heads, tokens, 1).data());
    }

    /** Outputs in units of the largest value, as the engine's own error is measured. */
    private static void assertEqual(
            RingInput input, AttentionOutput actual, AttentionOutput expected, String what)
            throws IOException {
        float largest = 0;
        for (float value : input.v().read(0, input.tokens()).data()) {
            largest = Math.max(largest, Math.abs(value));
        }
        double worst = 0;
        for (int i = 0; i < expected.out().data().length; i++) {
            double error = (double) actual.out().data()[i] - expected.out().data()[i];
            worst = Math.max(worst, Math.abs(error) / largest);
        }
        assertThat(worst).as("output, %s", what).isLessThan(TOLERANCE);
        assertThat(Sequences.error(actual.lse(), expected.lse()))
                .as("log-sum-exp, %s", what)
                .isLessThan(TOLERANCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 257, 1001, 4096})
    void everyMaskInAnyNumberOfPartsIsWhatTheEngineGives(int tokens) throws Exception {
        for (Map.Entry<String, AttentionMask> mask : Sequences.masks(tokens).entrySet()) {
            RingInput input = Sequences.random(tokens).withMask(mask.getValue());
            AttentionOutput expected = Sequences.engine(input);
            for (int parts : new int[] {1, 2, 3, 4, 7}) {
                assertEqual(
                        input,
                        ring(input, parts),
                        expected,
                        "%s, %d tokens, %d parts".formatted(mask.getKey(), tokens, parts));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1001, 3", "4096, 7"})
    void sampledRowsAreWhatTheDefinitionSaysInFloat64(int tokens, int parts) throws Exception {
        for (Map.Entry<String, AttentionMask> mask : Sequences.masks(tokens).entrySet()) {
            RingInput input = Sequences.random(tokens).withMask(mask.getValue());
            AttentionOutput actual = ring(input, parts);
            AttentionInput whole = Sequences.whole(input);
            double difference = 0;
            double norm = 0;
            for (int row = 0; row < tokens; row += 97) {
                for (int head = 0; head < Sequences.HEADS; head++) {
                    Definition.Row expected = Definition.row(whole, head, row);
                    if (expected.lse() == Double.NEGATIVE_INFINITY) {
                        assertThat(actual.lse(head, row)).isEqualTo(Float.NEGATIVE_INFINITY);
                    } else {
                        assertThat((double) actual.lse(head, row))
                                .isCloseTo(expected.lse(), within(TOLERANCE * LARGEST_LSE));
                    }
                    for (int c = 0; c < Sequences.VALUE_COLUMNS; c++) {
                        double error = actual.out().get(head, row, c) - expected.out()[c];
                        difference += error * error;
                        norm += expected.out()[c] * expected.out()[c];
                    }
                }
            }
            assertThat(Math.sqrt(difference))
                    .as(mask.getKey())
                    .isLessThanOrEqualTo(TOLERANCE * Math.sqrt(norm));
        }
    }

    /** All pairs of blocks by Spark's own product, merged in whatever order they come. */
    @Test
    void cartesianAndReduceByKeyGiveTheSame() throws Exception {
        RingInput input = Sequences.random(1001).withMask(AttentionMask.causal());
        List<Span> spans = new Span(0, 1001).pieces(100);
        JavaRDD<Span> all = spark.parallelize(spans, 4);
        List<RowBlock> blocks =
                all.cartesian(all)
                        .mapToPair(pair -> new Tuple2<>(pair._1.from(), partial(input, pair)))
                        .reduceByKey(AttentionPart::merge)
                        .flatMap(part -> part._2.blocks(part._1).iterator())
                        .collect();
        assertEqual(input, ring(input, 4), gather(input, blocks), "cartesian");
    }

    /** An output that Java can serialise. */
    private record AttentionPart(RowBlock out, RowBlock lse) implements Serializable {
        static AttentionPart of(AttentionOutput output) {
            Heads lse = Heads.of(output.out().heads(), output.out().rows(), 1, output.lse());
            return new AttentionPart(
                    RowBlock.of("out", 0, output.out()), RowBlock.of("lse", 0, lse));
        }

        AttentionOutput output() {
            return new AttentionOutput(out.values(), lse.values().data());
        }

        AttentionPart merge(AttentionPart other) {
            return of(output().merge(other.output()));
        }

        List<RowBlock> blocks(int from) {
            return List.of(
                    RowBlock.of("out", from, out.values()), RowBlock.of("lse", from, lse.values()));
        }
    }

    private static AttentionPart partial(RingInput input, Tuple2<Span, Span> pair)
            throws IOException {
        Span queries = pair._1;
        Span keys = pair._2;
        return AttentionPart.of(
                Attention.forward(
                        input.attention(
                                input.q().read(queries.from(), queries.to()),
                                queries.from(),
                                input.k().read(keys.from(), keys.to()),
                                input.v().read(keys.from(), keys.to()),
                                keys.from()),
                        1));
    }

    @Test
    void scaleSoftCapAndSinksCount() throws Exception {
        RingInput input =
                Sequences.random(257)
                        .withMask(AttentionMask.slidingWindow(40))
                        .withScale(0.7f)
                        .withSoftCap(3)
                        .withSinks(1, -2, 0.5f, Float.NEGATIVE_INFINITY);
        assertEqual(input, ring(input, 3), Sequences.engine(input), "sinks");
    }

    @Test
    void theBitsAreTheSameAgain() {
        RingInput input = Sequences.random(1001).withMask(AttentionMask.causal());
        AttentionOutput first = ring(input, 7);
        AttentionOutput second = ring(input, 7);
        assertThat(second.out().data()).isEqualTo(first.out().data());
        assertThat(second.lse()).isEqualTo(first.lse());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 3", "5, 2", "257, 1", "257, 4", "1001, 3", "1001, 7"})
    void gradientsAreWhatTheEngineGives(int tokens, int parts) throws Exception {
        RowSource dOut =
                new RandomRows("dOut", Sequences.HEADS, tokens, Sequences.VALUE_COLUMNS, 4);
        for (Map.Entry<String, AttentionMask> mask : Sequences.masks(tokens).entrySet()) {
            RingInput input = Sequences.random(tokens).withMask(mask.getValue());
            AttentionOutput output = Sequences.engine(input);
            AttentionGradients expected =
                    Attention.backward(Sequences.whole(input), output, dOut.read(0, tokens), 2);
            Heads lse = Heads.of(Sequences.HEADS, tokens, 1, output.lse());
            List<RowBlock> blocks;
            try (RingAttention ring =
                    RingAttention.of(spark, input, parts, Sequences.SMALL_TILES)) {
                blocks =
                        ring.backward(
                                        new RowsAtHand("out", output.out()),
                                        new RowsAtHand("lse", lse),
                                        dOut)
                                .collect();
            }
            assertGradient(blocks, "dq", expected.dq(), mask.getKey());
            assertGradient(blocks, "dk", expected.dk(), mask.getKey());
            assertGradient(blocks, "dv", expected.dv(), mask.getKey());
        }
    }

    private static void assertGradient(
            List<RowBlock> blocks, String name, Heads expected, String mask) {
        Heads actual =
                Sequences.gather(
                        blocks, name, expected.heads(), expected.rows(), expected.columns());
        assertThat(Sequences.error(actual.data(), expected.data()))
                .as("%s, %s", name, mask)
                .isLessThan(GRADIENT_TOLERANCE);
    }

    @Test
    void tilesThatAreMaskedWholeAreNotPulled() {
        RingInput input = Sequences.random(4096).withMask(AttentionMask.slidingWindow(64));
        try (RingAttention ring = RingAttention.of(spark, input, 4, Sequences.SMALL_TILES)) {
            assertThat(ring.forward().count()).isEqualTo(2 * 64);
            // Of 64 tiles of 64 keys a block of 64 queries sees its own and the one before; a part
            // of two chunks pulls its 16 tiles and the one before each chunk, but none before the
            // first, nor before the fifth, which is beside the fourth in the same part.
            RingCost cost = ring.cost();
            assertThat(cost.localTiles() + cost.remoteTiles()).isEqualTo(4 * 16 + 6);
            assertThat(cost.pairsComputed()).isEqualTo(64 + 63);
            assertThat(cost.pairsSkipped()).isEqualTo(64 * 64 - 64 - 63);
        }
    }

    @Test
    void shapesThatDoNotFitAreNamed() {
        RowSource q = new RandomRows("q.npy", 4, 100, 16, 1);
        RowSource k = new RandomRows("k.npy", 3, 100, 16, 1);
        RowSource shorter = new RandomRows("v.npy", 4, 99, 16, 1);
        assertThatThrownBy(() -> RingInput.of(q, q, shorter))
                .hasMessage("q.npy has 100 rows, v.npy has 99");
        assertThatThrownBy(() -> RingInput.of(q, k, k))
                .hasMessage(
                        "q.npy has 4 query heads, which is not a multiple of the 3 key/value heads of k.npy");
        assertThatThrownBy(() -> RingAttention.of(spark, RingInput.of(q, q, q), 0))
                .hasMessage("a ring needs at least 1 part, not 0");
        RowSource longest = new RandomRows("q", 1, Integer.MAX_VALUE, 64, 1);
        assertThatThrownBy(
                        () -> RingAttention.of(spark, RingInput.of(longest, longest, longest), 8))
                .hasMessageStartingWith(
                        "2,147,483,647 tokens in 8 parts make 131,087 tiles, more than 32,768");
        assertThatThrownBy(() -> RingAttention.of(spark, RingInput.of(q, q, q), 10_000))
                .hasMessage(
                        "10,000 parts that pull up to 20,000 tiles each are more than 33,554,432 pulls: give fewer parts");
    }
}

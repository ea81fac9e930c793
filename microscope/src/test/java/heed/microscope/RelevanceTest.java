package heed.microscope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionOutput;
import heed.attention.Heads;
import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.checkpoint.Weights;
import heed.transformer.model.PretrainedBert;
import heed.transformer.tokenizer.Tokens;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Measures of relevance against their definitions in float64, on the real model. */
class RelevanceTest {
    private static final String TROPHY =
            "The trophy didn't fit in the suitcase because it was too big.";

    private static PretrainedBert bert;
    private static Weights weights;
    private static Tokens tokens;
    private static AttentionTrace trace;

    @BeforeAll
    static void runTheModel() throws Exception {
        bert = PretrainedBert.open(PretrainedBert.MINILM);
        try (InputStream onnx = RelevanceTest.class.getResourceAsStream("/all-minilm-l6-v2.onnx")) {
            weights =
                    OnnxFile.of(ByteBuffer.wrap(onnx.readAllBytes()), "minilm")
                            .weights()
                            .at("encoder.layer");
        }
        tokens = bert.tokenizer().encode(TROPHY);
        trace = new AttentionTrace();
        bert.model().forward(tokens.ids(), trace);
    }

    @AfterAll
    static void close() {
        bert.close();
    }

    /** {@code v W_O} of one head, in float64: the contribution of token j, without its weight. */
    private static double[] contribution(int layer, int head, int j) throws Exception {
        AttentionInput input = trace.weights(layer).input();
        int d = input.v().columns();
        float[] output = weights.at(layer + ".attention.output.dense").get("weight").data();
        int hidden = output.length / (d * input.v().heads());
        double[] f = new double[hidden];
        for (int a = 0; a < d; a++) {
            for (int c = 0; c < hidden; c++) {
                f[c] += (double) input.v().get(head, j, a) * output[(head * d + a) * hidden + c];
            }
        }
        return f;
    }

    private static double norm(double[] vector) {
        double squares = 0;
        for (double x : vector) {
            squares += x * x;
        }
        return Math.sqrt(squares);
    }

    @Test
    void normWeightedIsTheSumOfTheLengthsOfAllContributions() throws Exception {
        int n = tokens.size();
        double[][] expected = new double[n][n];
        for (HeadId head : trace.allHeads()) {
            float[][] alpha = trace.weights(head);
            for (int j = 0; j < n; j++) {
                double[] f = contribution(head.layer(), head.head(), j);
                for (int i = 0; i < n; i++) {
                    double[] moved = f.clone();
                    for (int c = 0; c < moved.length; c++) {
                        moved[c] *= alpha[i][j];
                    }
                    expected[i][j] += norm(moved);
                }
            }
        }
        double[][] actual =
                Relevance.normWeighted(trace, bert.model().attention(), trace.allHeads());
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                assertThat(actual[i][j]).isCloseTo(expected[i][j], within(1e-5 * expected[i][j]));
            }
        }
    }

    /**
     * So f(x) is what its definition says: all weighted contributions and the output bias are the
     * layer's output.
     */
    @Test
    void contributionsAddUpToWhatTheLayerPutsOut() throws Exception {
        int layer = 3;
        AttentionOutput attended = trace.weights(layer).output();
        float[] bias = weights.at(layer + ".attention.output.dense").get("bias").data();
        float[] matrix = weights.at(layer + ".attention.output.dense").get("weight").data();
        int query = 5;
        double[] sum = new double[bias.length];
        double[] direct = new double[bias.length];
        for (int c = 0; c < bias.length; c++) {
            sum[c] = bias[c];
            direct[c] = bias[c];
        }
        int d = attended.out().columns();
        for (int head = 0; head < trace.heads(); head++) {
            float[] row = trace.weights(layer).row(head, query);
            for (int j = 0; j < row.length; j++) {
                double[] f = contribution(layer, head, j);
                for (int c = 0; c < sum.length; c++) {
                    sum[c] += row[j] * f[c];
                }
            }
            for (int a = 0; a < d; a++) {
                for (int c = 0; c < sum.length; c++) {
                    direct[c] +=
                            (double) attended.out().get(head, query, a)
                                    * matrix[(head * d + a) * sum.length + c];
                }
            }
        }
        assertThat(sum).containsExactly(direct, within(1e-4));
    }

    @Test
    void rawOfOneHeadIsItsWeightsUntouched() {
        HeadId head = new HeadId(3, 1);
        float[][] weights = trace.weights(head);
        double[][] raw = Relevance.raw(trace, List.of(head));
        for (int i = 0; i < raw.length; i++) {
            for (int j = 0; j < raw.length; j++) {
                assertThat(raw[i][j]).isEqualTo(weights[i][j]);
            }
        }
    }

    @Test
    void rawOfSeveralHeadsIsTheirMean() {
        double[][] mean = Relevance.raw(trace, trace.headsOf(2));
        double expected = 0;
        for (HeadId head : trace.headsOf(2)) {
            expected += trace.weights(head)[4][2];
        }
        assertThat(mean[4][2]).isCloseTo(expected / 12, within(1e-12));
    }

    /** Written out for one entry by following every path of length 2 with its residual steps. */
    @Test
    void rolloutOfTwoLayersFollowsAllPaths() {
        AttentionTrace firstTwo = new AttentionTrace();
        for (int layer = 0; layer < 2; layer++) {
            firstTwo.attended(layer, trace.weights(layer).input(), trace.weights(layer).output());
        }
        double[][] first = Relevance.raw(trace, trace.headsOf(0));
        double[][] second = Relevance.raw(trace, trace.headsOf(1));
        double[][] rollout = Relevance.rollout(firstTwo);
        for (int i = 0; i < rollout.length; i++) {
            double rowSum = 0;
            for (int j = 0; j < rollout.length; j++) {
                double paths = 0;
                for (int via = 0; via < rollout.length; via++) {
                    double upper = (second[i][via] + (i == via ? 1 : 0)) / 2;
                    double lower = (first[via][j] + (via == j ? 1 : 0)) / 2;
                    paths += upper * lower;
                }
                assertThat(rollout[i][j]).isCloseTo(paths, within(1e-6));
                rowSum += rollout[i][j];
            }
            assertThat(rowSum).isCloseTo(1, within(1e-9));
        }
    }

    /** Anchors that were measured on this model before: heads that do one thing. */
    @Test
    void knownHeadsDoWhatTheyAreKnownFor() {
        float[][] previous = trace.weights(new HeadId(0, 2));
        for (int i = 2; i < tokens.size() - 1; i++) {
            assertThat(previous[i][i - 1]).isGreaterThan(0.9f);
        }
        List<Tokens.Word> words = tokens.words();
        Units units = Units.words(tokens);
        double[][] pronoun =
                units.group(
                        Relevance.raw(trace, List.of(new HeadId(3, 1))),
                        trace.visible(List.of(new HeadId(3, 1))));
        assertThat(words.get(8).text()).isEqualTo("it");
        assertThat(pronoun[9][2]).isCloseTo(0.58, within(0.01));
        assertThat(pronoun[9][7]).isCloseTo(0.23, within(0.01));
    }

    @Test
    void wordsSumOverThePiecesLookedAtAndAverageOverThoseThatLook() {
        Units units = Units.words(tokens);
        assertThat(units.list().stream().map(Units.Unit::text).toList())
                .containsExactly(
                        "[CLS]",
                        "The",
                        "trophy",
                        "didn't",
                        "fit",
                        "in",
                        "the",
                        "suitcase",
                        "because",
                        "it",
                        "was",
                        "too",
                        "big",
                        ".",
                        "[SEP]");
        double[][] pieces = Relevance.raw(trace, List.of(new HeadId(2, 8)));
        boolean[][] visible = trace.visible(List.of(new HeadId(2, 8)));
        double[][] grouped = units.group(pieces, visible);
        // didn't is the pieces 3 to 5: didn ' t
        assertThat(grouped[2][3])
                .isCloseTo(pieces[2][3] + pieces[2][4] + pieces[2][5], within(1e-12));
        assertThat(grouped[3][2])
                .isCloseTo((pieces[3][2] + pieces[4][2] + pieces[5][2]) / 3, within(1e-12));
        Units shown = units.withoutSpecial();
        double[] outside = shown.outside(pieces);
        assertThat(outside[1])
                .isCloseTo(pieces[2][0] + pieces[2][tokens.size() - 1], within(1e-12));
    }

    @Test
    void whatTheMaskHidesIsNoNumber() {
        Heads x = Heads.of(1, 3, 2, new float[] {1, 2, 3, 4, 5, 6});
        AttentionInput input = AttentionInput.of(x, x, x).withMask(AttentionMask.causal());
        AttentionTrace causal = new AttentionTrace();
        causal.attended(0, input, Attention.forward(input));
        List<HeadId> head = List.of(new HeadId(0, 0));
        boolean[][] visible = causal.visible(head);
        assertThat(visible)
                .isDeepEqualTo(
                        new boolean[][] {
                            {true, false, false}, {true, true, false}, {true, true, true}
                        });
        Units units =
                new Units(
                        List.of(
                                new Units.Unit("a", 0, 2, false),
                                new Units.Unit("b", 2, 3, false)));
        double[][] grouped = units.group(Relevance.raw(causal, head), visible);
        assertThat(grouped[0][0]).isCloseTo(1, within(1e-6));
        assertThat(grouped[0][1]).isNaN();
        assertThat(grouped[1][0] + grouped[1][1]).isCloseTo(1, within(1e-6));
        Focus focus = Focus.of(grouped[0], 0, 0, Focus.Scale.UNTOUCHED, 0);
        assertThat(focus.attends()).extracting(Focus.Target::key).containsExactly(0);
        Focus others = Focus.of(grouped[0], 0, 0, Focus.Scale.OTHERS_ONLY, 3);
        assertThat(others.attends()).isEmpty();
        assertThat(others.selfMass()).isEqualTo(1);
    }

    @Test
    void aFocusWithoutTheUnitItselfIsRenormalised() {
        Focus focus = Focus.of(new double[] {1, 2, 3}, 4, 1, Focus.Scale.OTHERS_ONLY, 0);
        assertThat(focus.attends())
                .containsExactly(new Focus.Target(0, 0.25), new Focus.Target(2, 0.75));
        assertThat(focus.specialMass()).isEqualTo(0.4);
        assertThat(focus.selfMass()).isEqualTo(0.2);
        Focus untouched = Focus.of(new double[] {1, 2, 3}, 4, 1, Focus.Scale.UNTOUCHED, 2);
        assertThat(untouched.attends())
                .containsExactly(new Focus.Target(2, 3), new Focus.Target(1, 2));
        assertThat(untouched.selfMass()).isZero();
        Focus alone = Focus.of(new double[] {5}, 0, 0, Focus.Scale.OTHERS_ONLY, 3);
        assertThat(alone.attends()).isEmpty();
        assertThat(alone.selfMass()).isEqualTo(1);
    }

    @Test
    void headsAreRankedByTheirLargestWeight() {
        Units units = Units.words(tokens).withoutSpecial();
        HeadRanking ranking = new HeadRanking(trace, trace.allHeads(), units);
        List<HeadRanking.Entry> all = ranking.hardest(8, 72, 1);
        assertThat(all).hasSize(72);
        assertThat(all).isSortedAccordingTo((a, b) -> Double.compare(weight(b), weight(a)));
        assertThat(all.getFirst().head()).isEqualTo(new HeadId(0, 2));
        assertThat(all).allMatch(entry -> entry.attends().getFirst().key() != 8);
    }

    private static double weight(HeadRanking.Entry entry) {
        return entry.attends().getFirst().weight();
    }

    @Test
    void headsAreNamedByLayerAndNumber() {
        assertThat(HeadId.parse("L4H11")).isEqualTo(new HeadId(4, 11)).hasToString("L4H11");
        for (String wrong : List.of("", "4-11", "L4", "H4L1", "L-1H2", "L1H2x", "L99999999H0")) {
            assertThatThrownBy(() -> HeadId.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("L3H1");
        }
    }

    @Test
    void aTraceRecordsOneRun() {
        AttentionTrace full = new AttentionTrace();
        bert.model().forward(tokens.ids(), full);
        assertThatThrownBy(() -> bert.model().forward(tokens.ids(), full))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("layer 0 follows on 6");
    }
}

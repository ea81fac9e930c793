package heed.microscope.relevance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.attention.AttentionMask;
import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.UnitRow;
import heed.microscope.Units;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures of relevance against an implementation in NumPy and float64 ({@code make_relevance.py}),
 * on MiniLM and on a tiny GPT-2.
 */
class RelevanceTest {
    private static final String GPT2 =
            "../transformer/src/test/resources/heed/transformer/golden/gpt2";

    private static JsonNode golden(String model) throws IOException {
        try (InputStream file =
                RelevanceTest.class.getResourceAsStream("/heed/microscope/golden/relevance.json")) {
            assertThat(file).as("relevance.json, made by make_relevance.py").isNotNull();
            return JsonMapper.shared().readTree(file).get(model);
        }
    }

    private static PretrainedModel open(String model) throws IOException {
        return PretrainedModel.open(model.equals("bert") ? "minilm" : GPT2);
    }

    private static ModelRun run(PretrainedModel model, String text) {
        Tokens tokens = model.tokenizer().encode(text);
        return ModelRun.of(model, tokens, AttentionTrace.withResiduals(), Listener.none());
    }

    private static List<UnitRow> rows(ModelRun run, Measure measure, Units units) {
        List<Integer> all = IntStream.range(0, units.size()).boxed().toList();
        return new Relevance(run, measure, run.trace().allHeads(), units)
                .rows(all, row -> row, Listener.none());
    }

    @ParameterizedTest
    @CsvSource({
        "bert, RAW", "bert, NORM", "bert, ROLLOUT", "bert, ALTI",
        "gpt2, RAW", "gpt2, NORM", "gpt2, ROLLOUT", "gpt2, ALTI"
    })
    void everyMeasureIsThatOfNumpy(String name, Measure measure) throws Exception {
        JsonNode golden = golden(name);
        try (PretrainedModel model = open(name)) {
            ModelRun run = run(model, golden.get("text").asString());
            List<UnitRow> rows = rows(run, measure, Units.pieces(run.tokens()));
            JsonNode expected = golden.get(measure.name().toLowerCase(Locale.ROOT));
            assertThat(rows).hasSize(expected.size());
            for (int i = 0; i < rows.size(); i++) {
                assertThat(rows.get(i).outside()).isZero();
                for (int j = 0; j < rows.size(); j++) {
                    double weight = rows.get(i).weights()[j];
                    if (model.isCausal() && j > i) {
                        assertThat(weight).isNaN();
                        assertThat(expected.get(i).get(j).asDouble()).isZero();
                    } else {
                        double value = expected.get(i).get(j).asDouble();
                        assertThat(weight)
                                .as("%s %d %d", measure, i, j)
                                .isCloseTo(value, within(1e-5 * Math.max(1, value)));
                    }
                }
            }
        }
    }

    /** Sums over the pieces looked at, means over those that look, and the rest outside. */
    @ParameterizedTest
    @ValueSource(strings = {"RAW", "NORM", "ROLLOUT", "ALTI"})
    void wordsSumOverThePiecesLookedAtAndAverageOverThoseThatLook(String name) throws Exception {
        Measure measure = Measure.valueOf(name);
        try (PretrainedModel model = open("bert")) {
            ModelRun run = run(model, golden("bert").get("text").asString());
            Units words = Units.words(run.tokens()).withoutSpecial();
            List<UnitRow> pieces = rows(run, measure, Units.pieces(run.tokens()));
            List<UnitRow> grouped = rows(run, measure, words);
            assertThat(words.get(2).text()).isEqualTo("didn't");
            double toTrophy = 0;
            double outside = 0;
            double toDidnt = 0;
            int last = run.tokens().size() - 1;
            for (int piece = 3; piece < 6; piece++) {
                toTrophy += pieces.get(piece).weights()[2] / 3;
                outside += (pieces.get(piece).weights()[0] + pieces.get(piece).weights()[last]) / 3;
                toDidnt += pieces.get(2).weights()[piece];
            }
            assertThat(grouped.get(2).weights()[1]).isCloseTo(toTrophy, within(1e-9));
            assertThat(grouped.get(2).outside()).isCloseTo(outside, within(1e-9));
            assertThat(grouped.get(1).weights()[2]).isCloseTo(toDidnt, within(1e-9));
        }
    }

    /** One head's weights are its own, and a chosen row is that of all rows, to the last bit. */
    @Test
    void aChosenRowIsThatOfAllRows() throws Exception {
        try (PretrainedModel model = open("bert")) {
            ModelRun run = run(model, golden("bert").get("text").asString());
            Units units = Units.words(run.tokens());
            for (Measure measure : Measure.values()) {
                List<UnitRow> all = rows(run, measure, units);
                List<UnitRow> chosen =
                        new Relevance(run, measure, run.trace().allHeads(), units)
                                .rows(List.of(3, 9), row -> row, Listener.none());
                for (int i = 0; i < 2; i++) {
                    UnitRow row = chosen.get(i);
                    assertThat(row.weights())
                            .as("%s", measure)
                            .containsExactly(
                                    all.get(row.query()).weights(),
                                    within(measure.isOfWholeModel() ? 1e-7 : 1e-6));
                }
            }
            HeadId head = new HeadId(3, 1);
            UnitRow it =
                    new Relevance(run, Measure.RAW, List.of(head), units)
                            .rows(List.of(9), row -> row, Listener.none())
                            .getFirst();
            assertThat(it.weights()[2]).isCloseTo(0.58, within(0.01));
            assertThat(it.weights()[7]).isCloseTo(0.23, within(0.01));
        }
    }

    /** The decoder reads in tiles of 128: its rows are those of a single pass. */
    @Test
    void severalPassesAreOneRun() throws Exception {
        try (PretrainedModel model = open("gpt2")) {
            Tokens tokens = model.tokenizer().encode(golden("gpt2").get("text").asString());
            AttentionTrace whole = AttentionTrace.ofAll();
            AttentionTrace parts = AttentionTrace.ofAll();
            var decoder = ((PretrainedDecoder) model).model();
            decoder.read(tokens.ids(), 128, decoder.newCaches(), whole, _ -> {});
            decoder.read(tokens.ids(), 5, decoder.newCaches(), parts, _ -> {});
            assertThat(parts.tokens()).isEqualTo(whole.tokens()).isEqualTo(tokens.size());
            int[] some = {0, 4, 5, 11, 21};
            for (int layer = 0; layer < whole.layers(); layer++) {
                for (int head = 0; head < whole.heads(); head++) {
                    float[][] expected = whole.weights(layer, some).tile(head, 0, 5, 0, 22);
                    float[][] actual = parts.weights(layer, some).tile(head, 0, 5, 0, 22);
                    for (int i = 0; i < some.length; i++) {
                        assertThat(actual[i]).containsExactly(expected[i], within(1e-5f));
                    }
                }
            }
        }
    }

    @Test
    void measuresOfTheWholeModelTakeNoChosenHeads() throws Exception {
        try (PretrainedModel model = open("gpt2")) {
            ModelRun run = run(model, "a b");
            Units units = Units.pieces(run.tokens());
            assertThatThrownBy(
                            () ->
                                    new Relevance(
                                            run, Measure.ALTI, List.of(new HeadId(0, 0)), units))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("ALTI goes through all heads");
        }
    }

    @Test
    void theMaskOfARunIsKnown() throws Exception {
        try (PretrainedModel model = open("gpt2")) {
            ModelRun run = run(model, "a b");
            assertThat(run.trace().mask(0)).isEqualTo(AttentionMask.causal());
            assertThat(run.trace().isMasked(run.trace().allHeads())).isTrue();
        }
    }

    @Test
    void aTraceRecordsOneRun() throws Exception {
        try (PretrainedModel model = open("bert")) {
            Tokens tokens = model.tokenizer().encode("one text");
            AttentionTrace trace = AttentionTrace.ofAll();
            var _ = model.read(tokens, trace);
            assertThatThrownBy(() -> model.read(tokens, trace))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("a trace records one run");
        }
    }

    @Test
    void rankCorrelationKnowsTies() {
        assertThat(RankCorrelation.spearman(new double[] {1, 2, 3}, new double[] {10, 20, 30}))
                .isCloseTo(1, within(1e-12));
        assertThat(RankCorrelation.spearman(new double[] {1, 2, 3}, new double[] {3, 2, 1}))
                .isCloseTo(-1, within(1e-12));
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [3, 1, 4, 4, 9]) → 0.7631578947368422
        assertThat(
                        RankCorrelation.spearman(
                                new double[] {1, 2, 2, 4, 5}, new double[] {3, 1, 4, 4, 9}))
                .isCloseTo(0.763157894736842, within(1e-12));
        assertThat(RankCorrelation.spearman(new double[] {1, 1}, new double[] {1, 2})).isNaN();
    }
}

package heed.microscope.look;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.UnitRow;
import heed.microscope.Units;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Relevance;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class SelectionTest {
    private static final String TEXT = "The cat sat on the mat.";
    private static PretrainedModel minilm;

    @BeforeAll
    static void open() throws IOException {
        minilm = PretrainedModel.open("minilm");
    }

    @AfterAll
    static void close() {
        minilm.close();
    }

    private static String heads(String names) {
        return Selection.parse(names).in(minilm).stream()
                .map(HeadId::toString)
                .collect(Collectors.joining(" "));
    }

    @Test
    void headsAndLayersAreReadTogetherAndComeInOrder() {
        assertThat(heads("L3H1")).isEqualTo("L3H1");
        assertThat(heads("L5H11, l0h2,L3H1")).isEqualTo("L0H2 L3H1 L5H11");
        assertThat(heads("L2H0,L1")).startsWith("L1H0 L1H1 ").endsWith(" L1H11 L2H0");
        assertThat(heads("L0,L1,L2,L3,L4,L5"))
                .isEqualTo(
                        Selection.all().in(minilm).stream()
                                .map(HeadId::toString)
                                .collect(Collectors.joining(" ")));
        assertThat(Selection.parse("l3")).isEqualTo(Selection.ofLayer(3));
        assertThat(Selection.parse("L3H1,L5")).hasToString("L3H1,L5");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | written L3H1",
                "L0H1, | written L3H1",
                "all | written L3H1",
                "L-1 | written L3H1",
                "L9999999 | written L3H1",
                "L6 | there is no layer 6: ",
                "L0H1,L6H0 | there is no layer 6: ",
                "L5,L0H12 | there is no head L0H12: ",
                "L0H1,L2,L0H1 | L0H1 is chosen twice",
                "L2H3,L2 | L2H3 is chosen twice",
            })
    void whatTheModelDoesNotHaveIsRefused(String names, String why) {
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> heads(names))
                .withMessageContaining(why);
    }

    /** Weights are averaged, contributions are added. */
    @ParameterizedTest
    @EnumSource(
            value = Measure.class,
            names = {"RAW", "NORM"})
    void headsTogetherAreTheirMeanOrSum(Measure measure) {
        ModelRun run =
                ModelRun.of(
                        minilm,
                        minilm.tokenizer().encode(TEXT),
                        AttentionTrace.ofAll(),
                        Listener.none());
        List<HeadId> three = Selection.parse("L0H1,L3H1,L3H7").in(minilm);
        List<UnitRow> together = rows(run, measure, three);
        for (int i = 0; i < together.size(); i++) {
            double[] sum = new double[together.size()];
            for (HeadId head : three) {
                double[] alone = rows(run, measure, List.of(head)).get(i).weights();
                for (int j = 0; j < sum.length; j++) {
                    sum[j] += measure == Measure.RAW ? alone[j] / three.size() : alone[j];
                }
            }
            assertThat(together.get(i).weights()).containsExactly(sum, within(1e-6));
        }
    }

    private static List<UnitRow> rows(ModelRun run, Measure measure, List<HeadId> heads) {
        Units units = Units.words(run.tokens());
        List<Integer> all = IntStream.range(0, units.size()).boxed().toList();
        return new Relevance(run, measure, heads, units).rows(all, row -> row, Listener.none());
    }

    @Test
    void measuresOfTheWholeModelTakeAllHeads() {
        for (Measure measure : List.of(Measure.ROLLOUT, Measure.ALTI)) {
            assertThatExceptionOfType(QuestionException.class)
                    .isThrownBy(
                            () ->
                                    new Look(
                                            measure,
                                            Selection.parse("L0H1,L5"),
                                            null,
                                            0,
                                            false,
                                            false))
                    .withMessageContaining("goes through all layers");
        }
    }
}

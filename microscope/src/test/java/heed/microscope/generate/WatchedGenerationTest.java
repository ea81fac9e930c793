package heed.microscope.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.look.Selection;
import heed.transformer.generate.Sampler;
import heed.transformer.generate.TextGenerator;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WatchedGenerationTest {
    private static final Path GOLDEN =
            Path.of("../transformer/src/test/resources/heed/transformer/golden");
    private static final Selection HEAD = Selection.of(new HeadId(2, 1));

    private static PretrainedDecoder shakespeare;

    @BeforeAll
    static void open() throws IOException {
        shakespeare = PretrainedDecoder.open(PretrainedDecoder.SHAKESPEARE);
    }

    @AfterAll
    static void close() {
        shakespeare.close();
    }

    private static WatchedGeneration generation(String prompt, int most) {
        return new WatchedGeneration(shakespeare, prompt, most, Sampler.Settings.GREEDY);
    }

    @Test
    void rowsOfTheCachedRunAreThoseOfTheWholeTextReadAtOnce() {
        WatchedGeneration generation = generation("ROMEO:", 20);
        StringBuilder text = new StringBuilder("ROMEO:");
        List<double[]> live = new ArrayList<>();
        generation.run(
                step -> {
                    text.append(step.token().text());
                    live.add(generation.row(HEAD, step.place()));
                });

        Tokens tokens = shakespeare.tokenizer().encode(text.toString());
        assertThat(tokens.size()).isEqualTo(26);
        AttentionTrace trace = AttentionTrace.ofAll();
        ModelRun.of(shakespeare, tokens, trace, Listener.none());
        List<double[]> after = generation.rows(HEAD);
        for (int i = 0; i < 20; i++) {
            int place = 6 + i;
            float[] row = trace.weights(2, place - 1).row(1, 0);
            assertThat(live.get(i)).hasSize(place);
            assertThat(Arrays.stream(live.get(i)).sum()).isCloseTo(1, within(1e-5));
            assertThat(after.get(i)).isEqualTo(live.get(i));
            for (int key = 0; key < place; key++) {
                assertThat(live.get(i)[key]).isCloseTo(row[key], within(1e-5));
            }
        }
    }

    @Test
    void theMeanOfALayerIsTheMeanOfItsHeads() {
        WatchedGeneration generation = generation("To be", 3);
        generation.run(step -> {});

        double[] mean = generation.row(Selection.ofLayer(4), 7);
        double[] sum = new double[7];
        for (int head = 0; head < 6; head++) {
            double[] row = generation.row(Selection.of(new HeadId(4, head)), 7);
            for (int key = 0; key < 7; key++) {
                sum[key] += row[key] / 6;
            }
        }
        assertThat(mean).containsExactly(sum, within(1e-12));
    }

    @Test
    void probabilitiesAreOverTheWholeVocabularyWhateverTheLimits() {
        Sampler.Settings narrow = new Sampler.Settings(0.1, 1, 0.5, 0, 1, 7);
        List<WatchedGeneration.Step> limited = new ArrayList<>();
        new WatchedGeneration(shakespeare, "O ", 1, narrow).run(limited::add);
        List<WatchedGeneration.Step> greedy = new ArrayList<>();
        generation("O ", 1).run(greedy::add);
        assertThat(limited).isEqualTo(greedy);

        WatchedGeneration.Step step = greedy.getFirst();
        assertThat(step.likeliest()).hasSize(WatchedGeneration.ALTERNATIVES);
        assertThat(step.likeliest().getFirst()).isEqualTo(step.token());
        double shown =
                step.likeliest().stream()
                        .mapToDouble(WatchedGeneration.Candidate::probability)
                        .sum();
        assertThat(shown + step.rest()).isCloseTo(1, within(1e-12));
        assertThat(step.rest()).isPositive();
    }

    @Test
    void endsWhereTheContextIsFullAndSaysSo() {
        List<WatchedGeneration.Step> steps = new ArrayList<>();
        assertThat(generation("a".repeat(120), 100).run(steps::add))
                .contains(TextGenerator.Stop.CONTEXT);
        assertThat(steps).hasSize(9);
        assertThat(generation("O", 2).run(step -> {})).contains(TextGenerator.Stop.LENGTH);
    }

    @Test
    void stopsAndKeepsWhatCame() {
        WatchedGeneration generation = generation("ROMEO:", 100);
        List<WatchedGeneration.Step> steps = new ArrayList<>();
        assertThat(
                        generation.run(
                                step -> {
                                    steps.add(step);
                                    if (steps.size() == 3) {
                                        generation.stop();
                                    }
                                }))
                .isEmpty();
        assertThat(steps).hasSize(3);
        assertThat(generation.rows(Selection.all())).hasSize(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> generation.row(HEAD, 9))
                .withMessage("no token came at place 9");
    }

    @Test
    void partsOfACharacterAreSaidToBeSuch() throws IOException {
        try (PretrainedDecoder decoder = PretrainedDecoder.open(GOLDEN.resolve("llama"))) {
            WatchedGeneration generation =
                    new WatchedGeneration(decoder, "so 🤗", 1, Sampler.Settings.GREEDY);
            assertThat(generation.promptTexts().getLast()).isEqualTo("🤗");
            assertThat(generation.promptTexts()).contains("\uFFFD").doesNotContain("\uFFFD\uFFFD");
            assertThat(String.join("", generation.promptTexts()).replace("\uFFFD", ""))
                    .endsWith("so 🤗");
        }
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> generation("", 1))
                .isInstanceOf(QuestionException.class)
                .hasMessage("the prompt is empty: give a text to go on with");
        assertThatThrownBy(() -> generation("a".repeat(129), 1))
                .isInstanceOf(QuestionException.class)
                .hasMessageContaining("shakespeare reads at most 128");
        assertThatThrownBy(() -> generation("a", 0)).isInstanceOf(QuestionException.class);
        WatchedGeneration generation = generation("a", 1);
        generation.run(step -> {});
        assertThatThrownBy(() -> generation.row(Selection.ofLayer(6), 1))
                .isInstanceOf(QuestionException.class);
    }
}

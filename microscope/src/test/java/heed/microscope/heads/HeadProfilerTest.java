package heed.microscope.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.attention.AttentionWeights;
import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Profiles of models whose heads are known: hand-made ones (make_induction.py), random ones, and
 * MiniLM, against the definitions written out over all weights.
 */
class HeadProfilerTest {
    private static final String GOLDEN = "src/test/resources/heed/microscope/golden/";

    private static List<HeadProfile> profiles(PretrainedModel model, Tokens... texts) {
        HeadProfiler profiler =
                new HeadProfiler(HeadId.all(model.attention().size(), model.heads()));
        for (Tokens text : texts) {
            profiler.add(run(model, text), Listener.none());
        }
        return profiler.profiles();
    }

    private static ModelRun run(PretrainedModel model, Tokens text) {
        return ModelRun.of(model, text, AttentionTrace.ofAll(), Listener.none());
    }

    @ParameterizedTest
    @CsvSource({"24, 0", "2, 1", "61, 3", "33, 7"})
    void handMadeHeadsScoreOneAndAreCalledWhatTheyAre(int count, long seed) throws Exception {
        try (PretrainedModel model = PretrainedModel.open(GOLDEN + "induction")) {
            List<HeadProfile> profiles = profiles(model, RandomRepeat.of(model, count, seed));
            assertThat(profiles.getFirst().get(HeadMeasure.PREVIOUS)).isCloseTo(1, within(1e-4));
            assertThat(profiles.get(2).get(HeadMeasure.INDUCTION)).isCloseTo(1, within(1e-4));
            assertThat(profiles.get(2).get(HeadMeasure.DUPLICATE)).isCloseTo(0, within(1e-4));
            if (count >= 8) {
                assertThat(
                                profiles.stream()
                                        .map(
                                                p ->
                                                        p.labels().stream()
                                                                .map(HeadLabel::name)
                                                                .toList()))
                        .containsExactly(
                                List.of("previous token"),
                                List.of(),
                                List.of("induction"),
                                List.of());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 24, 61})
    void randomWeightsEarnNoLabel(int count) throws Exception {
        try (PretrainedModel model = PretrainedModel.open(GOLDEN + "random")) {
            for (long seed = 0; seed < 5; seed++) {
                assertThat(profiles(model, RandomRepeat.of(model, count, seed)))
                        .allSatisfy(profile -> assertThat(profile.labels()).isEmpty());
            }
            String text = "a letter to the editor, and another letter to the other editor. ";
            assertThat(profiles(model, model.tokenizer().encode(text + text.substring(0, 60))))
                    .allSatisfy(profile -> assertThat(profile.labels()).isEmpty());
        }
    }

    @Test
    void aTextSaysTheSameAsTwoOfItsHalvesTogether() throws Exception {
        try (PretrainedModel model = PretrainedModel.open("minilm")) {
            Tokens one = model.tokenizer().encode("The cat saw the dog and the dog saw the cat.");
            Tokens other = model.tokenizer().encode("Rain fell on the roof of the old house.");
            HeadProfile together = profiles(model, one, other).get(40);
            HeadProfile first = profiles(model, one).get(40);
            HeadProfile second = profiles(model, other).get(40);
            double tokens = first.tokens() + second.tokens();
            assertThat(together.tokens()).isEqualTo((long) tokens);
            assertThat(together.get(HeadMeasure.ENTROPY))
                    .isCloseTo(
                            (first.get(HeadMeasure.ENTROPY) * first.tokens()
                                            + second.get(HeadMeasure.ENTROPY) * second.tokens())
                                    / tokens,
                            within(1e-9));
            assertThat(first.get(HeadMeasure.VARIABILITY)).isNaN();
            assertThat(together.get(HeadMeasure.VARIABILITY)).isBetween(0.0, 1.0);
        }
    }

    /** Written out from the definitions, over all weights of one head. */
    @Test
    void everyMeasureIsItsDefinition() throws Exception {
        try (PretrainedModel model = PretrainedModel.open("minilm")) {
            Tokens text = model.tokenizer().encode("The cat saw the dog and the dog saw the cat.");
            ModelRun run = run(model, text);
            int n = text.size();
            int[] all = IntStream.range(0, n).toArray();
            for (HeadId head : List.of(new HeadId(0, 2), new HeadId(2, 8), new HeadId(5, 11))) {
                AttentionWeights weights = run.trace().weights(head.layer(), all);
                float[][] a = weights.tile(head.head(), 0, n, 0, n);
                HeadProfile profile = profiles(model, text).get(head.layer() * 12 + head.head());
                double previous = 0;
                double next = 0;
                double entropy = 0;
                double distance = 0;
                double special = 0;
                double confidence = 0;
                double duplicate = 0;
                double induction = 0;
                int repeated = 0;
                for (int i = 0; i < n; i++) {
                    previous += i > 0 ? a[i][i - 1] : 0;
                    next += i + 1 < n ? a[i][i + 1] : 0;
                    special += a[i][0] + a[i][n - 1];
                    double largest = 0;
                    boolean repeats = false;
                    for (int j = 0; j < n; j++) {
                        entropy -= a[i][j] > 0 ? a[i][j] * Math.log(a[i][j]) : 0;
                        distance += a[i][j] * (double) (i - j);
                        largest = Math.max(largest, a[i][j]);
                        if (j < i && text.ids()[j] == text.ids()[i]) {
                            repeats = true;
                            duplicate += a[i][j];
                            induction += j + 1 < i ? a[i][j + 1] : 0;
                        }
                    }
                    confidence += largest;
                    repeated += repeats ? 1 : 0;
                }
                assertThat(profile.repeated()).isEqualTo(repeated).isEqualTo(6);
                assertClose(profile, HeadMeasure.PREVIOUS, previous / (n - 1));
                assertClose(profile, HeadMeasure.NEXT, next / (n - 1));
                assertClose(profile, HeadMeasure.SPECIAL, special / n);
                assertClose(profile, HeadMeasure.ENTROPY, entropy / n);
                assertClose(profile, HeadMeasure.DISTANCE, distance / n);
                assertClose(profile, HeadMeasure.CONFIDENCE, confidence / n);
                assertClose(profile, HeadMeasure.DUPLICATE, duplicate / repeated);
                assertClose(profile, HeadMeasure.INDUCTION, induction / repeated);
            }
        }
    }

    private static void assertClose(HeadProfile profile, HeadMeasure measure, double expected) {
        assertThat(profile.get(measure)).as("%s", measure).isCloseTo(expected, within(1e-5));
    }

    @Test
    void aSurveySaysWhatItReadAndRanksTheHeads() throws Exception {
        try (PretrainedModel model = PretrainedModel.open(GOLDEN + "induction")) {
            HeadSurvey survey = new HeadSurvey(model, null, Listener.none());
            assertThat(survey.readRandom(24, 0)).isEqualTo("24 random tokens, twice (seed 0)");
            assertThat(survey.tokens()).isEqualTo(48);
            List<HeadProfile> profiles = survey.profiles();
            assertThat(profiles)
                    .isEqualTo(profiles(model, RandomRepeat.of(model, 24, 0)))
                    .hasSize(4);
            assertThat(HeadMeasure.INDUCTION.ranks(profiles)[2]).isEqualTo(1);
            assertThat(HeadMeasure.PREVIOUS.ranks(profiles)[0]).isEqualTo(1);
            assertThat(HeadMeasure.NEXT.ranks(profiles)).containsOnly(0);
            assertThat(HeadMeasure.ENTROPY.ranks(profiles)).doesNotContain(0).contains(1);
            assertThat(HeadMeasure.of(profiles))
                    .contains(HeadMeasure.INDUCTION)
                    .doesNotContain(HeadMeasure.NEXT, HeadMeasure.VARIABILITY);
            assertThat(survey.similar()).isEmpty();
        }
    }

    @Test
    void headsThatDoTheSameAreSimilar() throws Exception {
        try (PretrainedModel model = PretrainedModel.open(GOLDEN + "induction")) {
            ModelRun run = run(model, RandomRepeat.of(model, 24, 0));
            SimilarHeads similar = new SimilarHeads(new HeadId(0, 1), run.trace().allHeads());
            similar.add(run, Listener.none());
            List<SimilarHeads.Similar> ranked = similar.ranked();
            // L0H1 and L1H1 both attend evenly; L0H0 at one token alone: at most ln 2 away.
            assertThat(ranked.getFirst().head()).isEqualTo(new HeadId(1, 1));
            assertThat(ranked.getFirst().divergence()).isCloseTo(0, within(1e-6));
            assertThat(ranked.getLast().divergence()).isBetween(0.3, Math.log(2));
        }
    }

    @Test
    void randomTokensTwiceAreForDecodersAndMustFit() throws Exception {
        try (PretrainedModel encoder = PretrainedModel.open("minilm");
                PretrainedModel decoder = PretrainedModel.open(GOLDEN + "random")) {
            assertThatThrownBy(() -> RandomRepeat.of(encoder, 5, 0))
                    .isInstanceOf(QuestionException.class)
                    .hasMessageContaining("minilm is an encoder");
            assertThatThrownBy(() -> RandomRepeat.of(decoder, 65, 0))
                    .isInstanceOf(QuestionException.class)
                    .hasMessageContaining("take 1 to 64");
            assertThatThrownBy(() -> RandomRepeat.of(decoder, 0, 0))
                    .isInstanceOf(QuestionException.class);
            Tokens tokens = RandomRepeat.of(decoder, 20, 4);
            assertThat(tokens.size()).isEqualTo(40);
            assertThat(IntStream.of(tokens.ids()).limit(20).distinct().count()).isEqualTo(20);
            assertThat(tokens.ids()).isEqualTo(RandomRepeat.of(decoder, 20, 4).ids());
        }
    }

    @Test
    void aLongTextIsCutBetweenWords() throws Exception {
        try (PretrainedModel model = PretrainedModel.open("minilm")) {
            String text =
                    "Some words, unbelievably many of them, follow on one another. ".repeat(60);
            List<Tokens> segments = Segments.of(model, text.strip());
            assertThat(segments).hasSizeGreaterThan(1);
            assertThat(segments).allSatisfy(s -> assertThat(s.size()).isBetween(3, 512));
            assertThat(segments.getFirst().size()).isGreaterThan(500);
            assertThat(
                            segments.stream()
                                    .flatMap(s -> s.words().stream())
                                    .map(Tokens.Word::text)
                                    .toList())
                    .isEqualTo(
                            model.tokenizer().encode(text).words().stream()
                                    .map(Tokens.Word::text)
                                    .toList());
            assertThatThrownBy(() -> Segments.of(model, "a-".repeat(600) + "a"))
                    .isInstanceOf(QuestionException.class)
                    .hasMessageContaining("a word of the text");
        }
    }
}

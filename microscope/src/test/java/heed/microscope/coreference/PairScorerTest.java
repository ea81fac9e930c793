package heed.microscope.coreference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.WordAlignment.Span;
import heed.microscope.relevance.Measure;
import heed.transformer.model.PretrainedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairScorerTest {
    @TempDir private Path folder = Path.of("");

    private static PairScores score(List<ReferenceCase> cases) throws Exception {
        try (PretrainedModel model = PretrainedModel.open("minilm")) {
            return PairScorer.score(model, cases, Listener.none());
        }
    }

    /** The figures of an independent script on the model's maps: 1.000, both 1.000, mean .479. */
    @Test
    void aHeadKnowsGenderThatTheMeanOfAllHides() throws Exception {
        PairScores scores = score(AgreementPairs.gender());
        assertThat(scores.cases()).isEqualTo(480);
        assertThat(scores.pairs()).isEqualTo(240);
        assertThat(scores.nearest()).isEqualTo(0.5);
        assertThat(scores.of(new HeadId(1, 3)).accuracy()).isCloseTo(1, within(0.005));
        assertThat(scores.of(new HeadId(1, 3)).both()).isCloseTo(1, within(0.005));
        assertThat(scores.of(Measure.RAW).accuracy()).isCloseTo(0.479, within(0.005));
    }

    /** .954, both .908, mean .715. */
    @Test
    void theSameHeadKnowsNumber() throws Exception {
        PairScores scores = score(AgreementPairs.number());
        assertThat(scores.of(new HeadId(1, 3)).accuracy()).isCloseTo(0.954, within(0.005));
        assertThat(scores.of(new HeadId(1, 3)).both()).isCloseTo(0.908, within(0.005));
        assertThat(scores.of(Measure.RAW).accuracy()).isCloseTo(0.715, within(0.005));
    }

    private List<ReferenceCase> read(String text) throws Exception {
        return PairsFile.read(Files.writeString(folder.resolve("some.jsonl"), text));
    }

    @Test
    void casesAreReadFromLines() throws Exception {
        assertThat(
                        read(
                                """
                                {"text": "Ann met Bo and she met him.", "refers": "him", "candidates": ["Ann", "Bo"], "right": "Bo", "pair": "a"}

                                {"text": "🙂 the cat saw the cat", "refers": [2, 5], "candidates": ["cat:1", "cat:2"], "right": 1}
                                """))
                .containsExactly(
                        new ReferenceCase(
                                "Ann met Bo and she met him.",
                                new Span(23, 26),
                                new Span(8, 10),
                                new Span(0, 3),
                                "a"),
                        new ReferenceCase(
                                "🙂 the cat saw the cat",
                                new Span(3, 6),
                                new Span(19, 22),
                                new Span(7, 10),
                                "line 3"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "not json | is not JSON",
                "[1] | is no JSON object",
                "{\"refers\": \"a\"} | has no \"text\"",
                "{\"text\": \"a b\", \"candidates\": [\"a\"]} | two \"candidates\"",
                "{\"text\": \"a b\", \"candidates\": [\"a\", \"b\"], \"right\": \"c\"} | one of the candidates",
                "{\"text\": \"a b\", \"refers\": \"it\", \"candidates\": [\"a\", \"b\"], \"right\": \"a\"} | 'it' is not in the text",
                "{\"text\": \"a a b\", \"refers\": \"b\", \"candidates\": [\"a\", \"b\"], \"right\": \"a\"} | 'a' is there 2 times",
                "{\"text\": \"a b\", \"refers\": [1, 9], \"candidates\": [\"a\", \"b\"], \"right\": \"a\"} | is no span of a text of 3"
            })
    void whatIsNoCaseIsRefusedByItsLine(String line, String message) {
        assertThatThrownBy(() -> read("\n" + line))
                .isInstanceOf(PairsFile.PairsException.class)
                .hasMessageContaining("some.jsonl, line 2: ")
                .hasMessageContaining(message);
    }
}

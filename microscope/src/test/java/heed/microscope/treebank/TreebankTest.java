package heed.microscope.treebank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.Listener;
import heed.transformer.model.PretrainedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Scores of all heads against a script over `transformers`' own maps (make_treebank_scores.py). */
class TreebankTest {
    private static final Path GOLDEN = Path.of("src/test/resources/heed/microscope/golden");

    @TempDir private Path folder = Path.of("");

    private static String word(int id, String form, int head, String relation, String misc) {
        return "%d\t%s\t_\t_\t_\t_\t%d\t%s\t_\t%s\n".formatted(id, form, head, relation, misc);
    }

    private Path file(String text) throws Exception {
        return Files.writeString(folder.resolve("some.conllu"), text);
    }

    @Test
    void everyHeadScoresAsInTheIndependentScript() throws Exception {
        JsonNode golden =
                JsonMapper.shared().readTree(GOLDEN.resolve("treebank-minilm.json").toFile());
        Treebank treebank = new Treebank(ConlluFile.read(GOLDEN.resolve("small.conllu")));
        try (PretrainedModel model = PretrainedModel.open("minilm")) {
            TreebankScores scores = treebank.score(model, false, _ -> {}, Listener.none());
            assertThat(scores.sentences()).isEqualTo(golden.get("sentences").asInt());
            assertThat(scores.skipped()).isEqualTo(golden.get("skipped").asInt());
            assertThat(scores.pairsLeftOut()).isEqualTo(golden.get("pairsLeftOut").asInt());
            assertThat(scores.relations()).hasSize(golden.get("relations").size());
            for (RelationScores relation : scores.relations()) {
                JsonNode expected = golden.get("relations").get(relation.relation());
                assertThat(relation.count()).isEqualTo(expected.get("count").asInt());
                assertThat(relation.offset()).isEqualTo(expected.get("offset").asInt());
                assertThat(relation.offsetAccuracy())
                        .isCloseTo(expected.get("offsetAccuracy").asDouble(), within(1e-6));
                assertAll(relation.toHead(), expected.get("dependentToHead"));
                assertAll(relation.toDependent(), expected.get("headToDependent"));
            }
        }
    }

    private static void assertAll(List<Double> actual, JsonNode expected) {
        assertThat(actual).hasSize(expected.size() * expected.get(0).size());
        for (int head = 0; head < actual.size(); head++) {
            int heads = expected.get(0).size();
            assertThat(actual.get(head))
                    .isCloseTo(
                            expected.get(head / heads).get(head % heads).asDouble(), within(1e-6));
        }
    }

    @Test
    void theWordsOfARangeShareOutItsSurface() throws Exception {
        Path file =
                file(
                        "\uFEFF# text = I don't\u00A0go.\n"
                                + word(1, "I", 4, "nsubj", "_")
                                + "2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
                                + word(2, "do", 4, "aux", "_")
                                + "2.1\tnothing\t_\t_\t_\t_\t_\t_\t_\t_\n"
                                + word(3, "n't", 4, "advmod:neg", "_")
                                + "3.1\tnothing\t_\t_\t_\t_\t_\t_\t_\t_\n"
                                + word(4, "go", 0, "root", "SpaceAfter=No")
                                + word(5, ".", 4, "punct", "_"));
        Sentence sentence = ConlluFile.read(file).getFirst();
        assertThat(sentence.words())
                .containsExactly(
                        new Sentence.Word("I", 0, 1, 3, "nsubj"),
                        new Sentence.Word("do", 2, 4, 3, "aux"),
                        new Sentence.Word("n't", 4, 7, 3, "advmod"),
                        new Sentence.Word("go", 8, 10, -1, "root"),
                        new Sentence.Word(".", 10, 11, 3, "punct"));
    }

    @Test
    void withoutATextTheWordsAreJoinedAsSpacesSay() throws Exception {
        Path file =
                file(
                        word(1, "Go", 0, "root", "_")
                                + "2-3\tcannot\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n"
                                + word(2, "can", 1, "aux", "_")
                                + word(3, "not", 1, "advmod", "_")
                                + word(4, "!", 1, "punct", "_"));
        assertThat(ConlluFile.read(file).getFirst().text()).isEqualTo("Go cannot!");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'a b c\n'                                     | line 1: 1 columns",
                "'1\tgo\t_\t_\t_\t_\t_\t_\t_\t_\n'             | line 1: there is no head",
                "'1\tgo\t_\t_\t_\t_\t7\troot\t_\t_\n'          | line 1: head 7, and the sentence has 1",
                "'1\tgo\t_\t_\t_\t_\tx\troot\t_\t_\n'          | line 1: 'x' is not the number",
                "'2\tgo\t_\t_\t_\t_\t0\troot\t_\t_\n'          | line 1: word 2 where word 1 is due",
                "'# text = no\n1\tgo\t_\t_\t_\t_\t0\troot\t_\t_\n' | line 2: 'go' does not come next",
                "'1-2\tgo\t_\t_\t_\t_\t_\t_\t_\t_\n'           | line 1: the words 1-2 do not follow",
                "'# a comment\n'                               | has no sentences"
            })
    void whatIsNoTreebankIsRefusedByItsLine(String text, String message) throws Exception {
        assertThatThrownBy(() -> ConlluFile.read(file(text)))
                .isInstanceOf(TreebankException.class)
                .hasMessageContaining("some.conllu")
                .hasMessageContaining(message);
    }
}

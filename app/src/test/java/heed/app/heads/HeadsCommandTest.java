package heed.app.heads;

import static heed.app.Run.assertRefused;
import static heed.app.Run.heed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import heed.app.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class HeadsCommandTest {
    private static final Path GOLDEN =
            Path.of("../microscope/src/test/resources/heed/microscope/golden");
    private static final String TROPHY =
            "The trophy didn't fit in the suitcase because it was too big.";

    @TempDir private Path folder = Path.of("");

    private static Run heads(String... arguments) {
        List<String> all = new ArrayList<>(List.of("heads"));
        all.addAll(List.of(arguments));
        return heed(all.toArray(String[]::new));
    }

    @Test
    void showsEveryHeadSortedByAMeasure() {
        Run run = heads(TROPHY, "--sort", "previous");
        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        List<String> rows =
                run.out().lines().filter(line -> line.matches("L\\d+H\\d+ .*")).toList();
        assertThat(rows).hasSize(72);
        assertThat(rows.getFirst()).startsWith("L0H2 ").contains("previous token 1.00");
    }

    @Test
    void oneHeadIsShownInFull() {
        Run run = heads(TROPHY, "--head", "L0H2");
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .contains("largest weight at one offset", "previous token 1.00", "Jensen–Shannon");
    }

    @Test
    void csvHasALineForEachHead() {
        Run run = heads(TROPHY, "--format", "csv");
        try (CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(run.out())) {
            List<NamedCsvRecord> lines = csv.stream().toList();
            assertThat(lines).hasSize(72);
            assertThat(lines.get(2).getField("head")).isEqualTo("L0H2");
            assertThat(lines.get(2).getField("labels")).isEqualTo("previous token");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every number in the documented places, as in the golden file of an independent script. */
    @Test
    void jsonOfATreebankHoldsEveryHead() throws Exception {
        JsonNode golden =
                JsonMapper.shared().readTree(GOLDEN.resolve("treebank-minilm.json").toFile());
        String treebank = GOLDEN.resolve("small.conllu").toString();
        JsonNode json = heads("--treebank", treebank, "--no-split", "--format", "json").json();
        for (String field : List.of("sentences", "skipped", "pairsLeftOut")) {
            assertThat(json.get(field)).as(field).isEqualTo(golden.get(field));
        }
        assertThat(json.get("heads")).hasSize(72);
        assertThat(json.get("relations").propertyNames())
                .containsExactlyInAnyOrderElementsOf(golden.get("relations").propertyNames());
        for (String relation : golden.get("relations").propertyNames()) {
            JsonNode actual = json.get("relations").get(relation);
            JsonNode expected = golden.get("relations").get(relation);
            assertThat(actual.get("count")).isEqualTo(expected.get("count"));
            for (String direction : List.of("dependentToHead", "headToDependent")) {
                double best = 0;
                for (int layer = 0; layer < 6; layer++) {
                    for (int head = 0; head < 12; head++) {
                        double accuracy = actual.get(direction).get(layer).get(head).asDouble();
                        best = Math.max(best, accuracy);
                        assertThat(accuracy)
                                .isCloseTo(
                                        expected.get(direction).get(layer).get(head).asDouble(),
                                        within(1e-6));
                    }
                }
                JsonNode found = actual.get("best").get(direction);
                assertThat(found.get("accuracy").asDouble()).isEqualTo(best);
                assertThat(found.get("interval").get(0).asDouble()).isLessThanOrEqualTo(best);
                assertThat(found.get("interval").get(1).asDouble()).isGreaterThanOrEqualTo(best);
            }
        }
    }

    @Test
    void halfOfTheSentencesChooseAndTheOthersScore() {
        String treebank = GOLDEN.resolve("small.conllu").toString();
        JsonNode all = heads("--treebank", treebank, "--no-split", "--format", "json").json();
        JsonNode split = heads("--treebank", treebank, "--format", "json").json();
        assertThat(split.get("split").asBoolean()).isTrue();
        assertThat(split.get("relations").get("det").get("count").asInt())
                .isLessThan(all.get("relations").get("det").get("count").asInt());
    }

    @Test
    void pairsRankTheHeads() {
        Run run = heads("--pairs", "gender", "--format", "json");
        assertThat(run.json().get("cases").asInt()).isEqualTo(480);
        assertThat(run.json().get("measures").get("raw").get("accuracy").asDouble())
                .isCloseTo(0.48, within(0.01));
        for (JsonNode head : run.json().get("heads")) {
            if (head.get("head").asString().equals("L1H3")) {
                assertThat(head.get("accuracy").asDouble()).isGreaterThan(0.9);
            }
        }
    }

    @Test
    void randomTokensShowWhatHeadsDoWithRepetition() {
        Run run = heads("--random", "20", "--model", GOLDEN.resolve("induction").toString());
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("induction 1.00", "previous token 1.00");
    }

    @Test
    void whatCannotBeDoneIsRefusedInALine() throws Exception {
        Path bad = Files.writeString(folder.resolve("bad.conllu"), "# x\n1\tgo\n");
        Path empty = Files.writeString(folder.resolve("empty.conllu"), "\n");
        Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), "{\"text\": \"\"}\n");
        assertRefused(heads("--treebank", bad.toString()), "line 2: 2 columns");
        assertRefused(heads("--treebank", empty.toString()), "has no sentences");
        assertRefused(heads("--treebank", "nowhere.conllu"), "no such file");
        assertRefused(heads("--treebank", folder.toString()), "cannot read");
        assertRefused(heads("--pairs", pairs.toString()), "line 1: has no \"text\"");
        assertRefused(heads("--pairs", "nowhere"), "there is no file nowhere");
        assertRefused(heads("--random", "5"), "are for decoders");
        assertRefused(heads("--random", "5", "text"), "give one of");
        assertRefused(heads("a text", "--no-split"), "--no-split goes with --treebank");
        assertRefused(heads("a text", "--head", "L9H0"), "there is no layer 9");
        assertRefused(heads("a text", "--head", "L0H12"), "there is no head L0H12");
        assertRefused(heads("a text", "--sort", "beauty"), "'beauty' is no measure");
        assertRefused(heads("a text", "--sort", "duplicate"), "nothing to sort by");
        assertRefused(heads("--pairs", "gender", "--sort", "self"), "leave out --sort");
    }
}

package heed.app.look;

import static heed.app.Run.assertRefused;
import static heed.app.Run.heed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import heed.app.Run;
import heed.transformer.checkpoint.SafetensorsFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LookCommandTest {
    private static final Path GOLDEN =
            Path.of("../transformer/src/test/resources/heed/transformer/golden");
    private static final String TROPHY =
            "The trophy didn't fit in the suitcase because it was too big.";

    @TempDir private Path folder = Path.of("");

    private static Run look(String... arguments) {
        List<String> all = new ArrayList<>(List.of("look"));
        all.addAll(List.of(arguments));
        return heed(all.toArray(String[]::new));
    }

    @Test
    void showsWhatEachWordAttendsTo() {
        Run run = look(TROPHY);
        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("From token", "High attention to", "norm-weighted relevance", "Hidden: ");
        assertThat(run.out().lines().filter(line -> line.startsWith("didn't"))).hasSize(2);
        assertThat(run.out()).doesNotContain("[CLS]", "[SEP]", "##");
    }

    @Test
    void theKnownHeadLooksFromItToTheTrophy() {
        JsonNode json =
                look(
                                TROPHY,
                                "--head",
                                "L3H1",
                                "--token",
                                "it",
                                "--measure",
                                "raw",
                                "--format",
                                "json")
                        .json();
        assertThat(json.get("model").asString()).isEqualTo("minilm");
        assertThat(json.get("measure").asString()).isEqualTo("raw");
        assertThat(json.get("head").asString()).isEqualTo("L3H1");
        assertThat(json.get("queries")).hasSize(1);
        JsonNode attends = json.get("queries").get(0).get("attends");
        assertThat(attends.get(0).get("token").asString()).isEqualTo("trophy");
        assertThat(attends.get(0).get("weight").asDouble()).isCloseTo(0.58, within(0.01));
        assertThat(attends.get(1).get("token").asString()).isEqualTo("suitcase");
        assertThat(attends.get(1).get("weight").asDouble()).isCloseTo(0.23, within(0.01));
    }

    @Test
    void severalHeadsAreTakenTogether() {
        String heads = "L3H1,l3h7,L5";
        Run run = look(TROPHY, "--head", heads, "--measure", "raw");
        assertThat(run.out())
                .contains("attention weights of 14 heads together (L3H1,L3H7,L5), averaged");
        JsonNode json = look(TROPHY, "--head", heads, "--format", "json").json();
        assertThat(json.get("head").asString()).isEqualTo("L3H1,L3H7,L5");
        assertThat(json.has("layer")).isFalse();
        assertThat(look(TROPHY, "--head", "L3").out())
                .isEqualTo(look(TROPHY, "--layer", "3").out());
    }

    @Test
    void rawRowsAreWholeAndInOrder() {
        JsonNode json =
                look(
                                TROPHY,
                                "--head",
                                "l0h2",
                                "--measure",
                                "raw",
                                "--pieces",
                                "--special",
                                "--top",
                                "0",
                                "--format",
                                "json")
                        .json();
        JsonNode tokens = json.get("tokens");
        assertThat(tokens.get(0).asString()).isEqualTo("[CLS]");
        assertThat(json.get("queries")).hasSize(tokens.size());
        for (JsonNode query : json.get("queries")) {
            assertThat(query.get("attends")).hasSize(tokens.size());
            double sum = 0;
            for (int i = 0; i < tokens.size(); i++) {
                JsonNode target = query.get("attends").get(i);
                assertThat(target.get("index").asInt()).isEqualTo(i);
                assertThat(target.get("token")).isEqualTo(tokens.get(i));
                sum += target.get("weight").asDouble();
            }
            assertThat(sum).isCloseTo(1, within(1e-5));
            assertThat(query.get("specialMass").asDouble()).isZero();
            assertThat(query.get("selfMass").asDouble()).isZero();
        }
    }

    @Test
    void relevanceOfTheOthersSumsToOneAndTheHiddenMassIsTold() {
        for (String measure : List.of("norm", "rollout", "alti")) {
            JsonNode json =
                    look(TROPHY, "--measure", measure, "--top", "0", "--format", "json").json();
            assertThat(json.get("heads")).isNotEmpty();
            for (JsonNode query : json.get("queries")) {
                double sum = 0;
                for (JsonNode target : query.get("attends")) {
                    assertThat(target.get("index")).isNotEqualTo(query.get("index"));
                    sum += target.get("weight").asDouble();
                }
                assertThat(sum).isCloseTo(1, within(1e-5));
                assertThat(query.get("specialMass").asDouble()).isBetween(0.01, 0.99);
                assertThat(query.get("selfMass").asDouble()).isBetween(0.001, 0.99);
            }
        }
    }

    @Test
    void rawHidesSpecialTokensWithoutScalingTheRest() {
        JsonNode json =
                look(TROPHY, "--head", "L3H1", "--measure", "raw", "--top", "0", "--format", "json")
                        .json();
        for (JsonNode query : json.get("queries")) {
            double sum = query.get("specialMass").asDouble();
            for (JsonNode target : query.get("attends")) {
                sum += target.get("weight").asDouble();
            }
            assertThat(sum).isCloseTo(1, within(1e-5));
        }
        assertThat(json.get("heads")).isEmpty();
    }

    @Test
    void headsOfAChosenTokenAreRankedByTheirHardestLook() {
        JsonNode json = look(TROPHY, "--token", "it", "--format", "json").json();
        JsonNode heads = json.get("heads");
        assertThat(heads).hasSize(5);
        double last = 1.01;
        for (JsonNode head : heads) {
            double weight = head.get("attends").get(0).get("weight").asDouble();
            assertThat(weight).isLessThanOrEqualTo(last);
            last = weight;
            assertThat(head.get("token").asString()).isEqualTo("it");
        }
        assertThat(heads.get(0).get("head").asString()).isEqualTo("L0H2");
        assertThat(look(TROPHY, "--token", "it").out()).contains("L3H1").contains("trophy 0.58");
    }

    @Test
    void aWordThatStandsTwiceIsTakenByItsNumber() {
        String text = "the dog saw the cat and the bird";
        assertThat(look(text, "--token", "the", "--format", "json").json().get("queries"))
                .hasSize(3);
        JsonNode second = look(text, "--token", "The:2", "--format", "json").json().get("queries");
        assertThat(second).hasSize(1);
        assertThat(second.get(0).get("index").asInt()).isEqualTo(3);
        assertRefused(look(text, "--token", "the:4"), "occurrence 4", "'the'", "3 times");
    }

    @Test
    void csvHasALineForEachPair() {
        Run run = look("say \"yes, please\" now", "--format", "csv", "--top", "2");
        assertThat(run.exit()).isZero();
        List<NamedCsvRecord> records =
                CsvReader.builder().ofNamedCsvRecord(run.out()).stream().toList();
        assertThat(records.getFirst().getHeader())
                .containsExactly("from", "from_index", "to", "to_index", "weight");
        assertThat(records).hasSize(7 * 2);
        assertThat(records).anyMatch(r -> r.getField("from").equals("\""));
    }

    @Test
    void theMapHasARowForEachWord() {
        Run run = look(TROPHY, "--map");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).doesNotContain("\u001b[");
        assertThat(run.out().lines().filter(line -> line.startsWith("suitcase "))).hasSize(1);
        assertThat(run.out()).contains("@@");
    }

    @Test
    void textComesFromAFileAndGoesToAFile() throws Exception {
        Path in = Files.writeString(folder.resolve("in.txt"), "Größe zählt nicht.\n");
        Path out = folder.resolve("out.json");
        Run run = look("--file", in.toString(), "--format", "json", "--output", out.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).isEmpty();
        JsonNode json = JsonMapper.shared().readTree(Files.readString(out));
        assertThat(json.get("tokens").get(0).asString()).isEqualTo("Größe");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(in, out);
        }
    }

    @Test
    void unicodeTextsAreLookedAt() {
        for (String text :
                List.of(
                        "我喜欢猫",
                        "👩‍👩‍👧 is a family",
                        "e\u0301te\u0301 was warm",
                        "مرحبا بالعالم",
                        "a\u200bb \u0000 c")) {
            assertThat(look(text).exit()).as(text).isZero();
            assertThat(look(text, "--pieces", "--map").exit()).as(text).isZero();
        }
    }

    @Test
    void badTextsAreRefused() throws Exception {
        assertRefused(look(""), "empty");
        assertRefused(look("  \n\t "), "empty");
        assertRefused(look("word ".repeat(600)), "602 tokens", "512");
        assertRefused(
                look("--file", folder.resolve("none.txt").toString()), "none.txt", "no such file");
        assertRefused(look("--file", folder.toString()), "folder");
        Path latin = folder.resolve("latin.txt");
        Files.write(latin, "Größe".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(look("--file", latin.toString()), "UTF-8");
        assertRefused(look("a text", "--file", latin.toString()), "not both");
    }

    @Test
    void whatTheModelDoesNotHaveIsRefused() {
        assertRefused(look(TROPHY, "--token", "elephant"), "'elephant'", "trophy");
        assertRefused(look(TROPHY, "--head", "L6H0"), "layer 6", "0 to 5");
        assertRefused(look(TROPHY, "--head", "L0H12"), "L0H12", "0 to 11");
        assertRefused(look(TROPHY, "--head", "3-1"), "L3H1", "3-1");
        assertRefused(look(TROPHY, "--head", "L0H1,L6H0"), "layer 6", "0 to 5");
        assertRefused(look(TROPHY, "--head", "L0H1,"), "L3H1", "''");
        assertRefused(look(TROPHY, "--head", "L0,L0H1"), "L0H1 is chosen twice");
        assertRefused(look(TROPHY, "--head", "L0,L1", "--measure", "alti"), "alti");
        assertRefused(look(TROPHY, "--layer", "-1"), "layer -1");
        assertRefused(look(TROPHY, "--layer", "one"), "one");
        assertRefused(look(TROPHY, "--model", "gpt-17"), "gpt-17", "minilm");
        assertRefused(look(TROPHY, "--top", "-1"), "--top");
        assertRefused(look(TROPHY, "--measure", "magic"), "magic");
        assertRefused(look(TROPHY, "--measure", "rollout", "--layer", "1"), "rollout");
        assertRefused(look(TROPHY, "--head", "L0H1", "--layer", "1"), "not both");
        assertRefused(look(TROPHY, "--colour"), "--colour");
        assertRefused(heed("stare", TROPHY), "stare");
    }

    @Test
    void outputThatCannotBeWrittenIsRefusedAndNothingIsLost() throws Exception {
        assertRefused(
                look(TROPHY, "--output", folder.resolve("no/such/out.txt").toString()),
                "no folder");
        assertRefused(look(TROPHY, "--output", folder.toString()), "folder");
        Path kept = Files.writeString(folder.resolve("kept.txt"), "kept");
        assertRefused(look(TROPHY, "--token", "elephant", "--output", kept.toString()), "elephant");
        assertThat(kept).hasContent("kept");
    }

    @Test
    void brokenModelsAreRefused() throws Exception {
        byte[] whole;
        try (var stream = getClass().getResourceAsStream("/heed-minilm/all-minilm-l6-v2.onnx")) {
            whole = stream.readAllBytes();
        }
        Path model = folder.resolve("model.onnx");
        for (int length : new int[] {0, 1, 1000, 1_000_000, whole.length - 1}) {
            Files.write(model, java.util.Arrays.copyOf(whole, length));
            assertRefused(look(TROPHY, "--model", model.toString()), "model.onnx");
        }
        Files.write(model, whole);
        assertRefused(look(TROPHY, "--model", model.toString()), "tokenizer.json");
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        assertRefused(look(TROPHY, "--model", folder.toString()), "tokenizer.json");
        try (var stream =
                getClass().getResourceAsStream("/heed-minilm/all-minilm-l6-v2-tokenizer.json")) {
            Files.write(folder.resolve("tokenizer.json"), stream.readAllBytes());
        }
        assertThat(look(TROPHY, "--model", folder.toString()).exit()).isZero();
    }

    /** The attention of one head to one token, against {@code transformers}. */
    @ParameterizedTest
    @CsvSource({
        "bert, 100",
        "roberta, 100",
        "distilbert, 100",
        "gpt2, 0",
        "llama, 0",
        "llama-bias, 0",
        "llama-llama3-sharded, 0",
        "mistral, 0",
        "qwen2, 0",
        "qwen3, 0"
    })
    void looksAtModelsOfEveryFamily(String name, int later) throws Exception {
        Path model = GOLDEN.resolve(name);
        JsonNode golden =
                JsonMapper.shared().readTree(Files.readAllBytes(model.resolve("golden.json")));
        float[] expected =
                SafetensorsFile.open(model.resolve("golden.safetensors"))
                        .weights()
                        .get("attentions")
                        .data();
        JsonNode json =
                look(
                                golden.required("text").stringValue(),
                                "--model",
                                model.toString(),
                                "--head",
                                "L0H1",
                                "--measure",
                                "raw",
                                "--pieces",
                                "--special",
                                "--top",
                                "0",
                                "--format",
                                "json")
                        .json();
        int n = golden.required("ids").size();
        int window = name.equals("mistral") ? 8 : n;
        assertThat(json.required("queries")).hasSize(n);
        for (int query = 0; query < n; query++) {
            JsonNode attends = json.required("queries").get(query).required("attends");
            int first = Math.max(0, query - window + 1);
            int end = Math.min(n, query + 1 + later);
            assertThat(attends).as("query %d sees", query).hasSize(end - first);
            for (int key = first; key < end; key++) {
                JsonNode target = attends.get(key - first);
                assertThat(target.required("index").intValue()).isEqualTo(key);
                assertThat(target.required("weight").doubleValue())
                        .isCloseTo(expected[(n + query) * n + key], within(1e-4));
            }
        }
    }

    @Test
    void whatTheMaskHidesIsADotAndNoTarget() {
        String model = GOLDEN.resolve("qwen3").toString();
        Run map = look("a b c d", "--model", model, "--measure", "raw", "--map");
        assertThat(map.exit()).isZero();
        assertThat(map.out())
                .contains("Hidden: ", "what the model's mask hides from a word")
                .containsPattern("\na {14}\\S\\S· · ·\n");
        Run text = look("a b c d", "--model", model);
        assertThat(text.exit()).isZero();
        assertThat(text.out()).containsPattern("\na +– ").doesNotContain("NaN");
        assertThat(look(TROPHY).out()).doesNotContain("mask hides");
    }

    @Test
    void anUnknownArchitectureIsRefusedByName(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"t5\"}");
        assertRefused(
                look(TROPHY, "--model", folder.toString()),
                "the model is of type t5; bert, roberta, xlm-roberta, camembert, distilbert, mpnet,",
                "phi3, gemma3 can be read");
    }

    @Test
    void theCheckSaysHowFarToBelieveEachMeasure() {
        JsonNode check = look(TROPHY, "--check", "--format", "json").json().required("check");
        assertThat(check.required("replacedBy").asString()).isEqualTo("[MASK]");
        assertThat(check.required("queries").intValue()).isEqualTo(13);
        for (String measure : List.of("norm", "raw", "rollout", "alti")) {
            assertThat(check.required(measure).required("spearman").asDouble())
                    .isBetween(-1.0, 1.0);
            assertThat(check.required(measure).required("top1").asDouble()).isBetween(0.0, 1.0);
        }
        assertThat(check.required("norm").required("spearman").asDouble())
                .isCloseTo(0.755, within(0.01));
        assertThat(look(TROPHY, "--check").out()).contains("Spearman", "replaced by [MASK]");
        String decoder = GOLDEN.resolve("gpt2").toString();
        assertThat(look("The cat has 2 cats", "--check", "--model", decoder).out())
                .contains("How far to believe it");
    }

    /** The ids and types that `transformers` makes of a pair: 101 a 102 b 102, 0 0 0 1 1. */
    @Test
    void anEncoderReadsTwoTexts() {
        JsonNode json =
                look(
                                "A dog runs.",
                                "--second",
                                "A cat runs.",
                                "--pieces",
                                "--special",
                                "--format",
                                "json")
                        .json();
        List<String> tokens = new ArrayList<>();
        json.required("tokens").forEach(token -> tokens.add(token.asString()));
        assertThat(tokens)
                .containsExactly(
                        "[CLS]", "a", "dog", "runs", ".", "[SEP]", "a", "cat", "runs", ".",
                        "[SEP]");
        JsonNode texts = look("A dog.", "--second", "A puppy.", "--format", "json").json();
        assertThat(texts.required("texts").required("firstToSecond").asDouble())
                .isBetween(0.01, 0.99);
        assertThat(texts.required("texts").required("secondToFirst").asDouble())
                .isBetween(0.01, 0.99);
        assertThat(look("A dog.", "--second", "A puppy.").out()).contains("the first text gives");
        assertRefused(
                look("a", "--second", "b", "--model", GOLDEN.resolve("gpt2").toString()),
                "a second text is for encoders");
        assertRefused(look("a", "--second", " "), "the second text is empty");
    }

    @Test
    void weightsGoToAFileWholeOrNotAtAll(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("x.safetensors");
        Run run = look(TROPHY, "--export", file.toString());
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("each [12 heads, 17 rows, 17 tokens]");
        float[] weights = SafetensorsFile.open(file).weights().get("attention.3", 12, 17, 17);
        assertThat(weights[(17 + 11) * 17 + 2]).isCloseTo(0.58f, within(0.01f));
        Path rows = folder.resolve("x.npz");
        assertThat(look(TROPHY, "--export", rows.toString(), "--token", "it").out())
                .contains("1 rows");
        assertThat(look(TROPHY, "--export", rows.toString(), "--rows", "2:5").out())
                .contains("3 rows");
        assertRefused(look(TROPHY, "--export", rows.toString(), "--rows", "5:2"), "within 0:17");
        assertRefused(look(TROPHY, "--export", folder.resolve("x.txt").toString()), ".npz");
        assertRefused(look(TROPHY, "--rows", "1:2"), "--rows goes with --export");
        assertRefused(look(TROPHY, "--export", rows.toString(), "--map"), "leave out --map");
        try (var files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("x.safetensors", "x.npz");
        }
    }

    @Test
    void measuresOfTheWholeModelCarryTheirWarning() {
        assertThat(look(TROPHY, "--measure", "rollout").out())
                .contains("a rough guide: it tends to collapse onto the first token");
        assertThat(look(TROPHY, "--measure", "alti").out()).contains("ALTI through all 72 heads");
        assertRefused(look(TROPHY, "--measure", "alti", "--layer", "1"), "alti goes through all");
    }

    @Test
    void verboseShowsWhereAnErrorCameFrom() {
        assertThat(look(TROPHY, "--token", "elephant", "--verbose").err())
                .contains("\tat heed.microscope");
    }

    @Test
    void helpNamesTheCommands() {
        assertThat(heed("--help").out()).contains("look");
        assertThat(heed().out()).contains("look");
        assertThat(heed("help", "look").out()).contains("--measure", "--map");
    }
}

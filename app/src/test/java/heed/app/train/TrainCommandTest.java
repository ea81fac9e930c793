package heed.app.train;

import static heed.app.Run.assertRefused;
import static heed.app.Run.heed;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import heed.app.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TrainCommandTest {
    private static final List<String> TINY =
            List.of(
                    "--layers",
                    "2",
                    "--heads",
                    "2",
                    "--width",
                    "24",
                    "--context",
                    "16",
                    "--batch",
                    "4",
                    "--eval-every",
                    "10",
                    "--dropout",
                    "0.1",
                    "--sample",
                    "20");

    @TempDir private Path folder;
    private Path text;
    private Path out;

    @BeforeEach
    void writeText() throws IOException {
        text = folder.resolve("text.txt");
        out = folder.resolve("out");
        StringBuilder words = new StringBuilder();
        Random random = new Random(1);
        for (int i = 0; i < 800; i++) {
            words.append(
                    List.of("to be, ", "or not ", "to be: ", "that is\n").get(random.nextInt(4)));
        }
        Files.writeString(text, words);
    }

    /** A tiny run; options that are given here take the place of its own. */
    private String[] arguments(String... more) {
        List<String> all =
                new ArrayList<>(List.of("train", text.toString(), "--out", out.toString()));
        all.addAll(TINY);
        for (int i = 0; i < more.length; i++) {
            int at = more[i].startsWith("--") ? all.indexOf(more[i]) : -1;
            if (at >= 0) {
                all.set(at + 1, more[++i]);
            } else {
                all.add(more[i]);
            }
        }
        return all.toArray(String[]::new);
    }

    private Run train(String... more) {
        return heed(arguments(more));
    }

    @Test
    void whatItMakesIsReadByTheOtherCommands() throws IOException {
        Run run = train("--steps", "40", "--watch-heads");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("step      0  validation", "step     40  training");
        assertThat(run.out()).contains("holds the model of step");
        assertThat(out)
                .isDirectoryContaining("glob:**/{config,tokenizer,tokenizer_config,training}.json")
                .isDirectoryNotContaining("glob:**/*checkpoint*");
        for (String file :
                new String[] {
                    "model.safetensors",
                    "loss.csv",
                    "loss.svg",
                    "loss.png",
                    "heads.csv",
                    "heads.svg",
                    "heads.png"
                }) {
            assertThat(out.resolve(file)).isNotEmptyFile();
        }
        assertThat(Files.readAllLines(out.resolve("loss.csv"))).hasSize(42);
        assertThat(Files.readAllLines(out.resolve("heads.csv"))).hasSize(1 + 5 * 4);
        JsonNode summary =
                JsonMapper.shared().readTree(Files.readAllBytes(out.resolve("training.json")));
        double loss = summary.required("best").required("validation").doubleValue();
        assertThat(loss).isLessThan(2.7);
        String model = out.toString();
        Run generated = heed("generate", "to be", "--model", model, "--max-tokens", "5");
        assertThat(generated.exit()).as(generated.err()).isZero();
        assertThat(generated.out().strip()).isNotEmpty();
        assertThat(heed("look", "to be", "--model", model).exit()).isZero();
        assertThat(heed("heads", "--random", "6", "--model", model).exit()).isZero();
        assertRefused(heed("generate", "to é", "--model", model), "no 'é' (U+00E9)");
        assertThat(train("--resume").out()).contains("has ended: nothing to do");
    }

    @Test
    void aModelIsTrainedFurtherAndWrittenInHalfTheBytes() throws IOException {
        assertThat(train("--steps", "10").exit()).isZero();
        Path tuned = folder.resolve("tuned");
        Run run =
                heed(
                        "train",
                        text.toString(),
                        "--from",
                        out.toString(),
                        "--out",
                        tuned.toString(),
                        "--steps",
                        "10",
                        "--batch",
                        "2",
                        "--dtype",
                        "bfloat16",
                        "--sample",
                        "0");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(Files.size(tuned.resolve("model.safetensors")))
                .isLessThan(Files.size(out.resolve("model.safetensors")) * 6 / 10);
        assertThat(Files.readString(tuned.resolve("config.json"))).contains("bfloat16");
        assertThat(Files.readAllBytes(tuned.resolve("tokenizer.json")))
                .isEqualTo(Files.readAllBytes(out.resolve("tokenizer.json")));
        assertThat(heed("generate", "to be", "--model", tuned.toString()).exit()).isZero();
    }

    @Test
    void attentionAloneIsWrittenSoThatItIsReadAsSuch() {
        assertThat(train("--steps", "10", "--inner", "0").exit()).isZero();
        assertThat(heed("generate", "to be", "--model", out.toString()).exit()).isZero();
    }

    @Test
    void anOutputLayerOfItsOwnIsLearntAndGoneOnWith() throws IOException {
        Run run = train("--steps", "30", "--untied");
        assertThat(run.exit()).as(run.err()).isZero();
        JsonNode config =
                JsonMapper.shared().readTree(Files.readAllBytes(out.resolve("config.json")));
        assertThat(config.required("tie_word_embeddings").booleanValue()).isFalse();
        String model = out.toString();
        assertThat(heed("generate", "to be", "--model", model).exit()).isZero();
        String further = folder.resolve("further").toString();
        Run more =
                heed("train", text.toString(), "--out", further, "--from", model, "--steps", "5");
        assertThat(more.exit()).as(more.err()).isZero();
        assertThat(Files.readString(folder.resolve("further/model.safetensors"), ISO_8859_1))
                .contains("\"lm_head.weight\"");
    }

    @Test
    void whatIsTiedIsNotUntied() {
        assertThat(train("--steps", "5").exit()).isZero();
        String[] further = {
            "train", text.toString(), "--out", folder.resolve("further").toString(), "--from"
        };
        List<String> arguments = new ArrayList<>(Arrays.asList(further));
        arguments.addAll(List.of(out.toString(), "--untied"));
        assertRefused(
                heed(arguments.toArray(String[]::new)),
                "the model has an output layer that is its embedding: leave --untied out");
    }

    /** Random tokens, twice, are drawn from what the vocabulary has. */
    @Test
    void headsAreWatchedInAnyVocabulary() throws IOException {
        Files.writeString(text, "αβγδ εζηθ ικλμ ".repeat(60));
        Run run = train("--steps", "10", "--watch-heads");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(out.resolve("heads.svg")).isNotEmptyFile();
    }

    /**
     * A process that dies at any moment is gone on with to the same bits, on any number of threads.
     */
    @Test
    void aKilledRunGoesOnToTheSameBits() throws Exception {
        assertThat(train("--steps", "200").exit()).isZero();
        Path killed = folder.resolve("killed");
        Random random = new Random();
        int kills = 0;
        while (!Files.exists(killed.resolve("training.json"))) {
            boolean begun = Files.exists(killed.resolve("checkpoint.safetensors"));
            Process process = process(killed, begun, 1 + kills % 2);
            long patience = kills >= 6 ? 60_000 : 700 + random.nextInt(1500);
            if (process.waitFor(patience, TimeUnit.MILLISECONDS)) {
                assertThat(process.exitValue()).isZero();
            } else {
                process.destroyForcibly().waitFor();
                kills++;
                if (!Files.exists(killed.resolve("checkpoint.safetensors"))
                        && Files.exists(killed)
                        && !Files.exists(killed.resolve("training.json"))) {
                    deleteAll(killed);
                }
            }
        }
        assertThat(kills).isPositive();
        assertThat(Files.readAllBytes(killed.resolve("model.safetensors")))
                .isEqualTo(Files.readAllBytes(out.resolve("model.safetensors")));
        assertThat(Files.readString(killed.resolve("loss.csv")))
                .isEqualTo(Files.readString(out.resolve("loss.csv")));
    }

    private static void deleteAll(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private Process process(Path into, boolean resume, int threads) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--add-modules",
                                "jdk.incubator.vector",
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:ActiveProcessorCount=" + threads,
                                "-cp",
                                System.getProperty("java.class.path"),
                                "heed.app.Heed"));
        List<String> arguments = new ArrayList<>(Arrays.asList(arguments("--steps", "200")));
        arguments.set(3, into.toString());
        command.addAll(arguments);
        if (resume) {
            command.add("--resume");
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--heads 5; 5 heads do not divide a width of 24",
                "--layers 0; layers, heads and width must be at least 1",
                "--context 6000; is too short for a context of 6000",
                "--lr 1e30; is no number any more",
                "--lr 0; learning rates must be more than 0",
                "--steps 0; steps must be at least 1",
                "--dropout 1; dropout must be at least 0",
                "--accumulate 3; 3 passes do not divide a batch of 4",
                "--resume; has no checkpoint.safetensors to go on from",
                "--from nosuch; --from takes a folder with a GPT-2",
                "--tokenizer nosuch; cannot read the tokenizer nosuch: no such file",
                "--width 2000000 --heads 1; MB of memory",
                "--preset tiny; tiny"
            })
    void badSettingsAreRefusedByALine(String options, String message) {
        List<String> given = new ArrayList<>(List.of(options.split(" ", -1)));
        if (!options.contains("--steps") && !options.contains("--resume")) {
            given.addAll(List.of("--steps", "20"));
        }
        Run run = train(given.toArray(String[]::new));
        assertThat(run.exit()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).startsWith("heed: ").contains(message).hasLineCount(1);
    }

    @Test
    void badFilesAreRefusedByALine() throws IOException {
        Path file = folder.resolve("bad.txt");
        Files.createFile(file);
        assertRefused(heed("train", file.toString(), "--out", out.toString()), "is empty");
        Files.write(file, new byte[] {'a', (byte) 0xFF, 'b'});
        assertRefused(heed("train", file.toString(), "--out", out.toString()), "is not UTF-8");
        assertRefused(
                heed("train", folder.resolve("no").toString(), "--out", out.toString()),
                "no such file");
        assertRefused(heed("train", folder.toString(), "--out", out.toString()), "is a folder");
        assertThat(out).doesNotExist();
        Files.createDirectory(out);
        Files.writeString(out.resolve("mine"), "mine", UTF_8);
        assertRefused(train("--steps", "10"), "is there and not empty");
        assertThat(out.resolve("mine")).hasContent("mine");
    }

    @Test
    void anotherRunIsNotGoneOnWith() throws IOException {
        assertThat(train("--steps", "20", "--lr", "1e30").exit()).isEqualTo(2);
        assertThat(out.resolve("checkpoint.safetensors")).exists();
        assertRefused(train("--steps", "20"), "holds a training that was stopped");
        assertRefused(train("--resume", "--layers", "3"), "was begun with layers 2, not 3");
        assertRefused(train("--resume", "--seed", "9"), "was begun with seed 1, not 9");
        Files.writeString(text, "to be, or not to be: that is\n".repeat(100));
        assertRefused(
                heed("train", text.toString(), "--out", out.toString(), "--resume"),
                "another text");
    }
}

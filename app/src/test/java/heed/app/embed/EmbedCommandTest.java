package heed.app.embed;

import static heed.app.Run.assertRefused;
import static heed.app.Run.heed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import heed.app.Run;
import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.checkpoint.Tensor;
import heed.transformer.embed.TextEmbedder;
import heed.transformer.model.PretrainedEncoder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EmbedCommandTest {
    private static final List<String> TEXTS =
            List.of(
                    "The trophy didn't fit in the suitcase because it was too big.",
                    "short",
                    " say \"yes, please\" ",
                    "Größe zählt nicht. 我喜欢猫 👩‍👩‍👧",
                    "short");

    private static final float[][] VECTORS = vectors(TEXTS);

    private static final Path GOLDEN =
            Path.of("../transformer/src/test/resources/heed/transformer/golden");

    @TempDir private Path folder = Path.of("");

    private static float[][] vectors(List<String> texts) {
        try (TextEmbedder embedder = TextEmbedder.open(PretrainedEncoder.MINILM)) {
            return embedder.embed(texts);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Run embed(String... arguments) {
        return embed(List.of(), arguments);
    }

    private static Run embed(List<String> texts, String... arguments) {
        List<String> all = new ArrayList<>(List.of("embed"));
        all.addAll(texts);
        all.addAll(List.of(arguments));
        return heed(all.toArray(String[]::new));
    }

    private static Run embedOf(String standardInput, String... arguments) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(standardInput.getBytes(StandardCharsets.UTF_8)));
        try {
            return embed(arguments);
        } finally {
            System.setIn(before);
        }
    }

    private String written(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }

    private static void assertIsJsonOfTexts(String json) {
        List<JsonNode> lines = json.lines().map(JsonMapper.shared()::readTree).toList();
        assertThat(lines).hasSize(TEXTS.size());
        for (int i = 0; i < TEXTS.size(); i++) {
            assertThat(lines.get(i).propertyNames()).containsExactly("text", "vector");
            assertThat(lines.get(i).get("text").asString()).isEqualTo(TEXTS.get(i));
            assertVector(lines.get(i).get("vector").valueStream().map(JsonNode::asString), i);
        }
    }

    private static void assertVector(Stream<String> numbers, int text) {
        assertThat(numbers.map(Float::valueOf))
                .containsExactly(
                        IntStream.range(0, 384)
                                .mapToObj(i -> VECTORS[text][i])
                                .toArray(Float[]::new));
    }

    @Test
    void aQuantisedModelIsSaidToBeOne() throws IOException {
        Files.copy(GOLDEN.resolve("bert/tokenizer.json"), folder.resolve("int8-tokenizer.json"));
        Path model = folder.resolve("int8.onnx");
        Files.copy(GOLDEN.resolveSibling("model").resolve("int8.onnx"), model);

        Run run = embed(List.of("short"), "--model", model.toString(), "--pooling", "mean");

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err())
                .isEqualToIgnoringNewLines(
                        model
                                + " is quantised to 8 bits: its weights are read as floats,"
                                + " vectors differ a little from ONNX Runtime's");
        assertThat(run.out()).hasLineCount(1);
    }

    @Test
    void aJsonLineHoldsEachTextAndItsVectorInOrder() {
        Run run = embed(TEXTS);

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertIsJsonOfTexts(run.out());
    }

    @Test
    void textsComeFromAFileOrStandardInputOneALine() throws IOException {
        String unix = String.join("\n", TEXTS);
        assertIsJsonOfTexts(embed("--file", written("unix.txt", unix + "\n")).out());
        assertIsJsonOfTexts(
                embed("--file", written("windows.txt", String.join("\r\n", TEXTS))).out());
        assertIsJsonOfTexts(embedOf(unix).out());
        assertIsJsonOfTexts(embedOf(unix, "-").out());
    }

    @Test
    void csvHasAColumnForEachDimension() {
        Run run = embed(TEXTS, "--format", "csv");

        assertThat(run.exit()).as(run.err()).isZero();
        List<NamedCsvRecord> records =
                CsvReader.builder().ofNamedCsvRecord(run.out()).stream().toList();
        assertThat(records).hasSize(TEXTS.size());
        for (int i = 0; i < TEXTS.size(); i++) {
            NamedCsvRecord record = records.get(i);
            assertThat(record.getHeader()).hasSize(385).startsWith("text", "0").endsWith("383");
            assertThat(record.getField(0)).isEqualTo(TEXTS.get(i));
            assertVector(record.getFields().stream().skip(1), i);
        }
    }

    @Test
    void npyHoldsAMatrixThatNumpyReads() throws IOException {
        Path out = folder.resolve("vectors.npy");
        Run run = embed(TEXTS, "--format", "npy", "--output", out.toString());

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).isEmpty();
        assertIsNpyOfTexts(Files.readAllBytes(out));
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(out);
        }
    }

    @Test
    void npyGoesToStandardOutputUnlessThatIsATerminal() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(bytes, false, StandardCharsets.UTF_8));
        try {
            assertThat(embed(TEXTS, "--format", "npy").exit()).isZero();
        } finally {
            System.setOut(before);
        }
        assertIsNpyOfTexts(bytes.toByteArray());

        System.setProperty("heed.stdout.terminal", "true");
        try {
            assertRefused(embed(TEXTS, "--format", "npy"), "binary", "--output");
        } finally {
            System.clearProperty("heed.stdout.terminal");
        }
    }

    /** The layout of NumPy's format version 1.0. */
    private static void assertIsNpyOfTexts(byte[] file) {
        assertThat(file).startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0);
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int length = bytes.getShort(8) & 0xffff;
        int start = 10 + length;
        assertThat(start % 64).isZero();
        assertThat(new String(file, 10, length, StandardCharsets.US_ASCII))
                .matches("\\{'descr': '<f4', 'fortran_order': False, 'shape': \\(5, 384\\), } *\n");
        assertThat(file).hasSize(start + 5 * 384 * Float.BYTES);
        for (int i = 0; i < 5; i++) {
            float[] row = new float[384];
            bytes.position(start + i * 384 * Float.BYTES).asFloatBuffer().get(row);
            assertThat(row).containsExactly(VECTORS[i]);
        }
    }

    @Test
    void aBarShowsTheProgressOfManyTextsOnATerminalAlone() {
        String many = "word\n".repeat(101);
        System.setProperty("heed.stderr.terminal", "true");
        try {
            Run run = embedOf(many);
            assertThat(run.exit()).isZero();
            assertThat(run.out().lines()).hasSize(101);
            assertThat(run.err()).contains("100%", "101/101 texts").endsWith(" \r");
            assertThat(embedOf("word\n".repeat(100)).err()).isEmpty();
        } finally {
            System.clearProperty("heed.stderr.terminal");
        }
        assertThat(embedOf(many).err()).isEmpty();
    }

    @Test
    void textsThatCannotBeEmbeddedAreRefused() throws IOException {
        assertRefused(embed("a", " ", "b"), "text 2 is blank");
        assertRefused(embed("--file", written("a.txt", "one\n\nthree\n")), "line 2 is blank");
        assertRefused(embed("--file", written("b.txt", "one\ntwo\n \t\n")), "line 3 is blank");
        assertRefused(embed("--file", written("c.txt", "")), "no texts");
        assertRefused(embedOf(""), "no texts");
        assertRefused(
                embed("--file", written("d.txt", "one\n" + "word ".repeat(600) + "\nthree")),
                "text 2",
                "602 tokens",
                "256");
        assertRefused(embed("a", "--file", written("e.txt", "b")), "not both");
        assertRefused(embed("--file", folder.resolve("none.txt").toString()), "no such file");
        Path latin = folder.resolve("latin.txt");
        Files.write(latin, "Größe".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(embed("--file", latin.toString()), "UTF-8");
    }

    @Test
    void aTerminalIsNotWaitedFor() {
        System.setProperty("heed.stdin.terminal", "true");
        try {
            assertRefused(embed(), "no texts", "--file");
        } finally {
            System.clearProperty("heed.stdin.terminal");
        }
    }

    @Test
    void optionsThatMakeNoSenseAreRefusedAndNothingIsLost() throws IOException {
        assertRefused(embed("a", "--model", "gpt-17"), "gpt-17", "minilm");
        assertRefused(embed("a", "--format", "xml"), "xml");
        assertRefused(embed("a", "--output", folder.toString()), "folder");
        assertRefused(
                embed("a", "--output", folder.resolve("no/such.json").toString()), "no folder");
        Path kept = Files.writeString(folder.resolve("kept.txt"), "kept");
        assertRefused(
                embed("word ".repeat(600), "--output", kept.toString()),
                "602 tokens",
                "--truncate");
        assertThat(kept).hasContent("kept");
    }

    /** Against the mean of the hidden states that {@code transformers} has. */
    @Test
    void aFolderOfHuggingFaceIsAModel() throws IOException {
        for (String name : List.of("bert-original", "roberta", "distilbert")) {
            Path model = GOLDEN.resolve(name);
            String text =
                    JsonMapper.shared()
                            .readTree(Files.readAllBytes(model.resolve("golden.json")))
                            .required("text")
                            .stringValue();
            JsonNode vector =
                    embed(List.of(text), "--model", model.toString()).json().required("vector");

            double[] mean = meanOfHidden(model);
            assertThat(vector).hasSize(mean.length);
            for (int i = 0; i < mean.length; i++) {
                assertThat(vector.get(i).doubleValue()).isCloseTo(mean[i], within(1e-5));
            }
        }
    }

    @Test
    void whatTheFilesDoNotSayIsSaid() throws IOException {
        Run decoder = embed("a", "--model", GOLDEN.resolve("qwen3").toString());
        assertThat(decoder.exit()).isZero();
        assertThat(decoder.err()).contains("do not say", "lasttoken is taken").hasLineCount(1);
        Run said = embed("a", "--pooling", "cls,max", "--model", GOLDEN.resolve("bert").toString());
        assertThat(said.err()).isEmpty();
        assertThat(said.json().required("vector")).hasSize(64);
        assertRefused(embed("a", "--pooling", "none"), "there is no pooling 'none'", "lasttoken");
        assertRefused(embed("a", "--prompt", "query"), "minilm", "no prompts");
    }

    /** The mean of the last hidden states, scaled to length 1. */
    private static double[] meanOfHidden(Path model) throws IOException {
        Tensor hidden =
                SafetensorsFile.open(model.resolve("golden.safetensors")).weights().get("hidden");
        double[] mean = new double[hidden.shape().getLast()];
        for (int i = 0; i < hidden.data().length; i++) {
            mean[i % mean.length] += hidden.data()[i];
        }
        double norm = Math.sqrt(Arrays.stream(mean).map(x -> x * x).sum());
        return Arrays.stream(mean).map(x -> x / norm).toArray();
    }

    @Test
    void anOutputFileIsReplaced() throws IOException {
        Path out = Files.writeString(folder.resolve("out.json"), "before");
        assertThat(embed(TEXTS, "--output", out.toString()).out()).isEmpty();
        assertIsJsonOfTexts(Files.readString(out));
    }

    @Test
    void helpShowsTheFormats() {
        assertThat(heed("help", "embed").out()).contains("--format", "npy", "--model");
        assertThat(Arrays.asList(heed("--help").out().split("\\s+"))).contains("embed");
    }
}

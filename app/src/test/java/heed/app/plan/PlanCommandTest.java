package heed.app.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.app.Heed;
import heed.app.Run;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
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

class PlanCommandTest {
    private static final String GOLDEN =
            "../transformer/src/test/resources/heed/transformer/golden";

    @TempDir private Path folder = Path.of("");

    private record Run(int exit, String out, String err) {}

    private static Run plan(String... arguments) {
        List<String> all = new ArrayList<>(List.of("plan"));
        all.addAll(List.of(arguments));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit =
                Heed.commandLine()
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err))
                        .execute(all.toArray(String[]::new));
        return new Run(exit, out.toString(), err.toString());
    }

    private static JsonNode json(Run run) {
        assertThat(run.exit()).as(run.err()).isZero();
        return JsonMapper.shared().readTree(run.out());
    }

    @Test
    void tellsTheCostOfAPreset() {
        Run run = plan("gpt-2", "--context", "128000");
        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains(
                        "gpt-2 · 12 layers × 12 heads, d 64, causal · 128,000 tokens",
                        "16,384,000,000",
                        "196,608,000,000",
                        "1,179,657,216,000",
                        "786 GB",
                        "1.58 GB",
                        "9.44 GB",
                        "302 TFLOP",
                        "GFLOP/s")
                .doesNotContain("estimate", "measured");
    }

    @Test
    void tellsWhatWorkersTake() {
        JsonNode one =
                json(plan("gpt-2", "--context", "262144", "--workers", "1", "--format", "json"));
        JsonNode four =
                json(plan("gpt-2", "--context", "262144", "--workers", "4", "--format", "json"));
        // Keys and values of a layer: 262,144 tokens × 12 heads × 2 × 64 floats.
        double keysAndValues = 262_144.0 * 12 * 2 * 64 * 4;
        assertThat(one.get("workerBytesMoved").asLong()).isZero();
        int parts = 4 * Runtime.getRuntime().availableProcessors();
        assertThat(four.get("workerBytesMoved").asDouble())
                .isEqualTo(keysAndValues * 0.75 * parts * 3 / 4);
        assertThat(four.get("workerBytes").asDouble())
                .isLessThan(one.get("workerBytes").asDouble() / 3);
        assertThat(four.get("workersLayerSecondsPredicted").asDouble())
                .isLessThan(one.get("workersLayerSecondsPredicted").asDouble());
        Run text = plan("gpt-2", "--context", "262144", "--workers", "4", "--network", "1e-9");
        assertThat(text.out()).contains("on 4 workers", "A second machine never pays");
        Run bad = plan("gpt-2", "--context", "1000", "--workers", "0");
        assertThat(bad.exit()).isEqualTo(2);
        assertThat(bad.err())
                .isEqualToIgnoringNewLines("heed: --workers must be 1 to 10000, not 0");
    }

    @Test
    void jsonHoldsExactNumbersInOrder() {
        JsonNode json = json(plan("gpt-2", "--context", "128000", "--format", "json"));
        assertThat(json.propertyNames())
                .containsExactly(
                        "model",
                        "layers",
                        "heads",
                        "kvHeads",
                        "headDim",
                        "context",
                        "causal",
                        "scoresPerHead",
                        "scoresPerLayer",
                        "scoresTotal",
                        "scoresComputedTotal",
                        "bytesNaive",
                        "bytesTiled",
                        "kvCacheBytes",
                        "flops",
                        "gflopsPerSecond",
                        "secondsPredicted");
        assertThat(json.get("scoresPerHead").asLong()).isEqualTo(16_384_000_000L);
        assertThat(json.get("bytesNaive").asLong()).isEqualTo(786_432_000_000L);
        assertThat(json.get("flops").asLong()).isEqualTo(301_992_247_296_000L);
        double seconds = json.get("secondsPredicted").asDouble();
        assertThat(json.get("gflopsPerSecond").asDouble() * seconds)
                .isCloseTo(301_992.247296, within(0.01));
    }

    @Test
    void anEstimateSaysSo() {
        String[] gpt4 = {"--model-shape", "gpt-4", "--context", "16000000"};
        assertThat(plan(gpt4).out()).startsWith("gpt-4 (estimate");
        List<String> asJson = new ArrayList<>(List.of(gpt4));
        asJson.addAll(List.of("--format", "json"));
        JsonNode json = json(plan(asJson.toArray(String[]::new)));
        assertThat(json.get("estimate").asBoolean()).isTrue();
        assertThat(json.get("flops").bigIntegerValue())
                .isEqualTo(new BigInteger("754974767185920000000"));
    }

    @Test
    void measuresALayerOfAnyShape() {
        JsonNode json =
                json(
                        plan(
                                "--layers=5",
                                "--heads=4",
                                "--kv-heads=2",
                                "--head-dim=32",
                                "--context=1025",
                                "--full",
                                "--measure",
                                "--format=json"));
        assertThat(json.get("model").asString()).isEqualTo("custom");
        assertThat(json.get("kvHeads").asInt()).isEqualTo(2);
        assertThat(json.get("causal").asBoolean()).isFalse();
        assertThat(json.get("scoresComputedTotal")).isEqualTo(json.get("scoresTotal"));
        assertThat(json.get("secondsPredicted").asDouble())
                .isCloseTo(5 * json.get("layerSecondsPredicted").asDouble(), within(1e-9));
        assertThat(json.get("secondsMeasured").asDouble()).isPositive();
    }

    @Test
    void writesTextWithTheRatioToAFile() throws Exception {
        Path file = folder.resolve("plan.txt");
        Run run = plan("bert-base", "--context=1", "--measure", "--output=" + file);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(Files.readString(file))
                .contains("full · 1 tokens", "Time, measured", "Measured ÷ predicted: ")
                .doesNotContain("that the mask leaves");
    }

    /** Layers, heads and the rest as config.json, the file's metadata or the weights have them. */
    @ParameterizedTest
    @CsvSource({
        "minilm,      6, 12, 12, 32, 512, false",
        "shakespeare, 6, 6, 6, 32, 128, true",
        "GOLDEN/bert, 2, 4, 4, 8, 48, false",
        "GOLDEN/qwen3, 2, 4, 2, 12, 48, true"
    })
    void tellsTheCostOfAModelThatIsThere(
            String model,
            int layers,
            int heads,
            int kvHeads,
            int headDim,
            int context,
            boolean causal) {
        String name = model.replace("GOLDEN", GOLDEN);
        JsonNode json = json(plan("--model", name, "--format", "json"));
        assertThat(json.get("model").asString()).isEqualTo(name);
        assertThat(json.get("layers").asInt()).isEqualTo(layers);
        assertThat(json.get("heads").asInt()).isEqualTo(heads);
        assertThat(json.get("kvHeads").asInt()).isEqualTo(kvHeads);
        assertThat(json.get("headDim").asInt()).isEqualTo(headDim);
        assertThat(json.get("context").asInt()).isEqualTo(context);
        assertThat(json.get("causal").asBoolean()).isEqualTo(causal);
        assertThat(json.get("estimate")).isNull();
    }

    @Test
    void theContextAndTheMaskOfAModelCanBeChanged() {
        assertThat(plan("--model", "minilm", "--context", "100000", "--causal").out())
                .startsWith("minilm · 6 layers × 12 heads, d 32, causal · 100,000 tokens");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    gpt-2                                                                | --context
                    gpt-2 --context 0                                                    | 1 or more, not 0
                    gpt-2 --context -5                                                   | 1 or more, not -5
                    gpt-2 --context many                                                 | many
                    gpt-2 --context 99999999999                                          | up to 33554431 tokens
                    gpt-5 --context 10                                                   | bert-base, gpt-2, gpt-4
                    --context 10                                                         | --layers, --heads and --head-dim
                    --context 10 --layers 2 --heads 3                                    | --layers, --heads and --head-dim
                    --context 10 --layers 2 --heads 6 --head-dim 8 --kv-heads 4          | 6 heads are not a multiple of 4
                    --context 10 --layers 2 --heads 0 --head-dim 8                       | --heads must be from 1
                    --context 10 --layers 0 --heads 1 --head-dim 8                       | --layers must be from 1
                    --context 10 --layers 1 --heads 1 --head-dim 5000                    | --head-dim must be from 1 to 4096
                    gpt-2 --context 10 --heads 3                                         | not both
                    gpt-2 --model-shape gpt-4 --context 10                               | once
                    gpt-2 --context 10 --full --causal                                   | not both
                    gpt-2 --model minilm                                                 | give --model minilm or the preset gpt-2, not both
                    --model minilm --model-shape gpt-2 --context 10                      | give --model minilm or the preset gpt-2, not both
                    --model minilm --heads 3                                             | give --model minilm or --layers, --heads
                    --model minilm --context 0                                           | 1 or more, not 0
                    --model minilm --full --causal                                       | not both
                    --model no/such/model                                                | no/such/model
                    --model pom.xml                                                      | pom.xml
                    gpt-2 --context 10 --format csv                                      | csv
                    gpt-2 --context 10 --output /no/such/folder/plan.txt                 | /no/such/folder
                    """)
    void badInputIsOneLine(String arguments, String words) {
        Run run = plan(arguments.split(" +"));
        assertThat(run.exit()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("heed: ").contains(words).hasLineCount(1);
    }

    @Test
    void theMaskOfAPresetCanBeChanged() {
        assertThat(plan("gpt-2", "--context", "10", "--full").out()).contains("d 64, full");
        assertThat(plan("bert-base", "--context", "10", "--causal").out()).contains("d 64, causal");
    }
}

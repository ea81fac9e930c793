package heed.transformer.model;

import static heed.transformer.testing.Differences.cosine;
import static heed.transformer.testing.Differences.largest;
import static org.assertj.core.api.Assertions.assertThat;

import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.layer.AttentionProbe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Encoders that ONNX Runtime's dynamic quantisation has made, against ONNX Runtime: see {@code
 * make_quantized.py}.
 */
final class QuantizedOnnxTest {

    @ParameterizedTest
    @ValueSource(strings = {"int8", "uint8"})
    void computesWithTheFloatsThatItsNumbersStandFor(String name) throws IOException {
        JsonNode golden = JsonMapper.shared().readTree(resource("quantized.json")).required(name);
        OnnxFile file = OnnxFile.of(ByteBuffer.wrap(resource(name + ".onnx")), name);
        Bert bert = BertConfigs.of(file, ConfigFile.ABSENT);
        int[] ids = golden.required("ids").valueStream().mapToInt(JsonNode::intValue).toArray();

        float[] hidden = bert.forward(ids, AttentionProbe.none());

        assertThat(bert.config().heads()).isEqualTo(4);
        assertThat(largest(hidden, rows(golden.required("dequantized")))).isLessThan(1e-5);
        float[] quantized = rows(golden.required("quantized"));
        int features = bert.config().hidden();
        for (int row = 0; row < ids.length; row++) {
            int from = row * features;
            assertThat(
                            cosine(
                                    Arrays.copyOfRange(hidden, from, from + features),
                                    Arrays.copyOfRange(quantized, from, from + features)))
                    .as("token %d", row)
                    .isGreaterThan(0.999);
        }
    }

    private static float[] rows(JsonNode rows) {
        List<JsonNode> numbers = rows.valueStream().flatMap(JsonNode::valueStream).toList();
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = numbers.get(i).floatValue();
        }
        return floats;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream stream = QuantizedOnnxTest.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new AssertionError(name + " is missing: run make_quantized.py");
            }
            return stream.readAllBytes();
        }
    }
}

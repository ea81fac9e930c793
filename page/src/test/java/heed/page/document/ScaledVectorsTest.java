package heed.page.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.AttentionTrace;
import heed.microscope.LayerVectors;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That vectors in 16 bits lead to the model's weights, to three digits. */
final class ScaledVectorsTest {
    private static final String TEXT =
            "The trophy didn't fit in the suitcase because it was too big.";

    private static float[] decoded(ScaledVectors vectors) {
        ByteBuffer scales = bytes(vectors.scales());
        ByteBuffer numbers = bytes(vectors.numbers());
        float[] decoded = new float[numbers.capacity() / Short.BYTES];
        for (int i = 0; i < decoded.length; i++) {
            float scale = scales.getFloat(i / vectors.columns() * Float.BYTES);
            decoded[i] = numbers.getShort(i * Short.BYTES) * scale / Short.MAX_VALUE;
        }
        return decoded;
    }

    private static ByteBuffer bytes(String base64) {
        return ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void everyVectorHasItsOwnScale() {
        float[] numbers = {1e-6f, -2e-6f, 0, 0, 3e20f, 1e20f};
        float[] decoded = decoded(ScaledVectors.of(numbers, 2));
        for (int i = 0; i < numbers.length; i++) {
            assertThat(decoded[i]).isCloseTo(numbers[i], Percentage.withPercentage(0.01));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"minilm", "shakespeare"})
    void theModelsWeightsFollowFromThem(String name) throws IOException {
        try (PretrainedModel model = PretrainedModel.open(name)) {
            ModelRun run =
                    ModelRun.of(
                            model,
                            model.tokenizer().encode(TEXT),
                            AttentionTrace.ofAll(),
                            Listener.none());
            int n = run.trace().tokens();
            int[] queries = IntStream.range(0, n).toArray();
            for (int layer = 0; layer < run.trace().layers(); layer++) {
                LayerVectors vectors = LayerVectors.of(run, layer, queries);
                int d = vectors.q().length / vectors.heads() / n;
                float[] q = decoded(ScaledVectors.of(vectors.q(), d));
                float[] k = decoded(ScaledVectors.of(vectors.k(), d));
                for (int row = 0; row < vectors.heads() * n; row++) {
                    int head = row / n;
                    float[] weights = run.trace().weights(layer, queries).row(head, row % n);
                    for (int j = 0; j < n; j++) {
                        double dot = 0;
                        for (int c = 0; c < d; c++) {
                            dot += q[row * d + c] * k[(head * n + j) * d + c];
                        }
                        double weight = Math.exp(vectors.scale() * dot - vectors.lse()[row]);
                        if (!vectors.hidden().get(head).get(row % n * n + j)) {
                            assertThat(weight)
                                    .isCloseTo(weights[j], within(5e-4 * weights[j] + 1e-9));
                        }
                    }
                }
            }
        }
    }
}

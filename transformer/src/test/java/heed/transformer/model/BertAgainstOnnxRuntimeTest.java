package heed.transformer.model;

import static heed.transformer.testing.Differences.largest;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import heed.transformer.testing.OnnxRuntimeOracle;
import heed.transformer.testing.SeenWeights;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every hidden state and every attention weight of the default model, against ONNX Runtime. */
final class BertAgainstOnnxRuntimeTest {
    private static final double TOLERANCE = 2e-5;

    private static PretrainedEncoder bert;
    private static OnnxRuntimeOracle oracle;

    @BeforeAll
    static void openBoth() throws IOException, OrtException {
        bert = PretrainedEncoder.open(PretrainedEncoder.MINILM);
        oracle = new OnnxRuntimeOracle();
    }

    @AfterAll
    static void closeBoth() throws OrtException {
        bert.close();
        oracle.close();
    }

    @ParameterizedTest
    @MethodSource("heed.transformer.testing.Texts#mixed")
    void agreesOn(String text) throws OrtException {
        assertAgreement(bert.tokenizer().encode(text).ids());
    }

    @Test
    void agreesOnAsManyTokensAsTheModelReads() throws OrtException {
        int[] ids = bert.tokenizer().encode("The cat sat. ".repeat(128).substring(0, 1658)).ids();
        assertThat(ids).hasSize(512);
        assertAgreement(ids);
    }

    @Test
    void agreesOnOneTokenAlone() throws OrtException {
        assertAgreement(new int[] {2009});
    }

    private static void assertAgreement(int[] ids) throws OrtException {
        SeenWeights attended = new SeenWeights();
        float[] hidden = bert.model().forward(ids, attended);
        OnnxRuntimeOracle.Result expected = oracle.run(ids);

        assertThat(largest(hidden, expected.hidden())).isLessThan(TOLERANCE);
        assertThat(attended.layers()).hasSize(expected.weights().size());
        for (int layer = 0; layer < expected.weights().size(); layer++) {
            assertThat(largest(attended.layers().get(layer), expected.weights().get(layer)))
                    .as("layer %d", layer)
                    .isLessThan(TOLERANCE);
        }
    }
}

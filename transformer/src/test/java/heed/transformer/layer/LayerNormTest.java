package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.testing.Tensors;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LayerNormTest {
    private static final double EPSILON = 1e-12;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 97, 384})
    void agreesWithItsDefinition(int features) throws CheckpointException {
        Tensors tensors = new Tensors(features);
        float[] weight = tensors.add("weight", features);
        float[] bias = tensors.add("bias", features);
        float[] x = tensors.random(5 * features);

        float[] y = x.clone();
        LayerNorm.of(tensors.weights(), features, EPSILON).apply(y);

        for (int row = 0; row < 5; row++) {
            float[] of = Arrays.copyOfRange(x, row * features, (row + 1) * features);
            for (int i = 0; i < features; i++) {
                assertThat((double) y[row * features + i])
                        .isCloseTo(
                                normalised(of, i) * weight[i] + bias[i],
                                Offset.offset(2e-6 * (1 + Math.abs(weight[i]))));
            }
        }
    }

    @Test
    void keepsItsPrecisionFarFromZero() throws CheckpointException {
        Tensors tensors = new Tensors(3);
        float[] weight = tensors.add("weight", 4);
        float[] bias = tensors.add("bias", 4);
        float[] x = {10_000_001, 10_000_002, 10_000_003, 10_000_004};

        float[] y = x.clone();
        LayerNorm.of(tensors.weights(), 4, EPSILON).apply(y);

        for (int i = 0; i < 4; i++) {
            assertThat((double) y[i])
                    .isCloseTo(normalised(x, i) * weight[i] + bias[i], Offset.offset(2e-6));
        }
    }

    @Test
    void makesTheBiasOfEqualFeatures() throws CheckpointException {
        Tensors tensors = new Tensors(3);
        tensors.add("weight", 3);
        float[] bias = tensors.add("bias", 3);
        float[] x = {5, 5, 5};
        LayerNorm.of(tensors.weights(), 3, EPSILON).apply(x);

        assertThat(x).containsExactly(bias);
    }

    @Test
    void refusesPartOfARow() throws CheckpointException {
        Tensors tensors = new Tensors(3);
        tensors.add("weight", 3);
        tensors.add("bias", 3);
        LayerNorm norm = LayerNorm.of(tensors.weights(), 3, EPSILON);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> norm.apply(new float[7]))
                .withMessage("7 elements are not rows of 3 features");
    }

    private static double normalised(float[] x, int i) {
        double mean = 0;
        for (float value : x) {
            mean += (double) value / x.length;
        }
        double variance = 0;
        for (float value : x) {
            variance += (value - mean) * (value - mean) / x.length;
        }
        return (x[i] - mean) / Math.sqrt(variance + EPSILON);
    }
}

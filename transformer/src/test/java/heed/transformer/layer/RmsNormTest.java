package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RmsNormTest {
    private static final double EPSILON = 1e-5;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 64, 97, 576})
    void agreesWithItsDefinition(int features) throws CheckpointException {
        Tensors tensors = new Tensors(features);
        float[] weight = tensors.add("weight", features);
        float[] x = tensors.random(5 * features);
        float[] before = x.clone();

        float[] y = RmsNorm.of(tensors.weights(), features, EPSILON).normalized(x);

        assertThat(x).isEqualTo(before);
        for (int row = 0; row < 5; row++) {
            double squares = 0;
            for (int i = 0; i < features; i++) {
                squares += Math.pow(x[row * features + i], 2);
            }
            double factor = 1 / Math.sqrt(squares / features + EPSILON);
            for (int i = 0; i < features; i++) {
                double exact = x[row * features + i] * factor * weight[i];
                assertThat(Math.abs(y[row * features + i] - exact))
                        .isLessThanOrEqualTo(1e-6 * (1 + Math.abs(exact)));
            }
        }
    }

    @Test
    void refusesPartOfARow() throws CheckpointException {
        Tensors tensors = new Tensors(1);
        tensors.add("weight", 3);
        RmsNorm norm = RmsNorm.of(tensors.weights(), 3, EPSILON);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> norm.apply(new float[4]))
                .withMessage("4 elements are not rows of 3 features");
    }
}

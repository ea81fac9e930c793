package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;
import heed.transformer.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers whose weights are {@code [out, in]} in their file, and packed. */
final class TransposedLinearTest {

    @ParameterizedTest
    @CsvSource({"1,1,1", "2,3,5", "13,7,97", "5,97,13", "129,48,96", "3,257,47"})
    void agreesWithDoublePrecision(int n, int in, int out) throws CheckpointException {
        Tensors tensors = new Tensors(n + in + out);
        float[] weight = tensors.add("weight", out, in);
        float[] bias = tensors.add("bias", out);
        float[] x = tensors.random(n * in);

        float[] y =
                Linear.packed(tensors.weights().with(Weights.Layout.OUT_IN), in, out).forward(x);

        assertThat(y).hasSize(n * out);
        for (int row = 0; row < n; row++) {
            for (int o = 0; o < out; o++) {
                double expected = bias[o];
                double magnitude = Math.abs(bias[o]);
                for (int i = 0; i < in; i++) {
                    double term = (double) x[row * in + i] * weight[o * in + i];
                    expected += term;
                    magnitude += Math.abs(term);
                }
                assertThat(Math.abs(y[row * out + o] - expected))
                        .isLessThanOrEqualTo(1e-6 * magnitude);
            }
        }
    }

    @Test
    void givesTheRowsOfItsWeight() throws CheckpointException {
        Tensors tensors = new Tensors(1);
        float[] weight = tensors.add("weight", 13, 5);
        tensors.add("bias", 13);
        float[][] rows =
                Linear.packed(tensors.weights().with(Weights.Layout.OUT_IN), 5, 13)
                        .weightRows(1, 3);

        for (int i = 0; i < 3; i++) {
            for (int o = 0; o < 13; o++) {
                assertThat(rows[i][o]).isEqualTo(weight[o * 5 + 1 + i]);
            }
        }
    }

    @Test
    void refusesAWeightOfAnotherShape() {
        Tensors tensors = new Tensors(1);
        tensors.add("weight", 5, 7);
        tensors.add("bias", 7);

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(
                        () -> Linear.packed(tensors.weights().with(Weights.Layout.OUT_IN), 5, 7))
                .withMessageContaining("weight has shape [5, 7], not [7, 5]");
    }
}

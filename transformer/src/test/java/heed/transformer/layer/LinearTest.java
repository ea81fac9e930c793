package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.testing.Tensors;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LinearTest {

    @ParameterizedTest
    @CsvSource({"1,1,1", "2,3,5", "13,7,97", "5,97,13", "129,48,96", "3,257,47", "1,384,1536"})
    void agreesWithDoublePrecision(int n, int in, int out) throws CheckpointException {
        Tensors tensors = new Tensors(n + in + out);
        float[] weight = tensors.add("weight", in, out);
        float[] bias = tensors.add("bias", out);
        float[] x = tensors.random(n * in);

        float[] y = Linear.packed(tensors.weights(), in, out).forward(x);

        assertThat(y).hasSize(n * out);
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < out; column++) {
                double expected = bias[column];
                double magnitude = Math.abs(bias[column]);
                for (int i = 0; i < in; i++) {
                    double term = (double) x[row * in + i] * weight[i * out + column];
                    expected += term;
                    magnitude += Math.abs(term);
                }
                double error = Math.abs(y[row * out + column] - expected);
                assertThat(error).isLessThanOrEqualTo(1e-6 * magnitude);
            }
        }
    }

    @Test
    void givesTheRowsOfItsWeight() throws CheckpointException {
        Tensors tensors = new Tensors(1);
        float[] weight = tensors.add("weight", 5, 97);
        tensors.add("bias", 97);
        Linear linear = Linear.packed(tensors.weights(), 5, 97);

        for (int row = 0; row < 5; row++) {
            assertThat(linear.weightRows(row, 1)[0])
                    .containsExactly(
                            Arrays.copyOfRange(weight, row * 97, (row + 1) * 97),
                            Offset.offset(0f));
        }
    }

    @Test
    void makesNothingOfNothing() throws CheckpointException {
        Tensors tensors = new Tensors(1);
        tensors.add("weight", 5, 7);
        tensors.add("bias", 7);

        assertThat(Linear.packed(tensors.weights(), 5, 7).forward(new float[0])).isEmpty();
    }

    @Test
    void refusesPartOfARow() throws CheckpointException {
        Tensors tensors = new Tensors(1);
        tensors.add("weight", 5, 7);
        tensors.add("bias", 7);
        Linear linear = Linear.packed(tensors.weights(), 5, 7);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> linear.forward(new float[11]))
                .withMessage("11 elements are not rows of 5 features");
    }

    @Test
    void refusesAWeightOfAnotherShape() {
        Tensors tensors = new Tensors(1);
        tensors.add("weight", 7, 5);
        tensors.add("bias", 7);

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Linear.packed(tensors.weights(), 5, 7))
                .withMessageContaining("weight has shape [7, 5], not [5, 7]");
    }
}

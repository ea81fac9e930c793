package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.numbers.gamma.Erfc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ActivationTest {

    @Test
    void siluIsThatOfItsDefinition() {
        check(Activation.SILU, x -> x / (1 + Math.exp(-x)));
    }

    @Test
    void geluByTanhIsThatOfItsDefinition() {
        check(
                Activation.GELU_TANH,
                x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
    }

    @ParameterizedTest
    @EnumSource
    void itsDerivativeIsThatOfItsDefinition(Activation activation) {
        DoubleUnaryOperator exact =
                switch (activation) {
                    case NONE -> x -> x;
                    case GELU -> x -> x / 2 * Erfc.value(-x / Math.sqrt(2));
                    case GELU_TANH ->
                            x ->
                                    x
                                            / 2
                                            * (1
                                                    + Math.tanh(
                                                            Math.sqrt(2 / Math.PI)
                                                                    * (x + 0.044715 * x * x * x)));
                    case SILU -> x -> x / (1 + Math.exp(-x));
                };
        float[] x = new float[1237];
        float[] dy = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i - 600) * 0.017f;
            dy[i] = 1 + i % 3;
        }
        float[] dx = dy.clone();
        float[] y = new float[x.length];
        activation.backward(x, dx, 1, x.length, y);
        assertThat(dx[0]).isEqualTo(dy[0]);
        float[] forward = new float[x.length];
        activation.apply(x, 1, x.length, forward);
        assertThat(y).isEqualTo(forward);
        double step = 1e-5;
        for (int i = 1; i < x.length; i++) {
            double slope =
                    (exact.applyAsDouble(x[i] + step) - exact.applyAsDouble(x[i] - step))
                            / (2 * step);
            assertThat(Math.abs(dx[i] - dy[i] * slope)).as("at %s", x[i]).isLessThan(5e-6);
        }
    }

    @Test
    void noneChangesNothing() {
        float[] x = {1, -2, Float.NaN};
        Activation.NONE.apply(x, 0, 3);
        assertThat(x).containsExactly(1, -2, Float.NaN);
    }

    @Test
    void leavesTheRestOfTheArrayAlone() {
        float[] x = new float[50];
        Arrays.fill(x, -1);
        Activation.SILU.apply(x, 3, 47);
        assertThat(x[2]).isEqualTo(-1);
        assertThat(x[47]).isEqualTo(-1);
        for (int i = 3; i < 47; i++) {
            assertThat(x[i]).isEqualTo(x[3]).isNotEqualTo(-1);
        }
    }

    private static void check(Activation activation, DoubleUnaryOperator exact) {
        float[] x = new float[40_001];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i - 20_000) * 1e-3f;
        }
        float[] y = x.clone();
        activation.apply(y, 0, y.length);
        for (int i = 0; i < x.length; i++) {
            assertThat(Math.abs(y[i] - exact.applyAsDouble(x[i])))
                    .as("of %s", x[i])
                    .isLessThanOrEqualTo(3e-7 * Math.max(1, Math.abs(x[i])));
        }
    }
}

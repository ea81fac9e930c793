package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.apache.commons.numbers.gamma.Erfc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GeluTest {

    @Test
    void isExactToSinglePrecisionEverywhere() {
        float[] x = new float[400_001];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i - 200_000) * 1e-4f;
        }
        float[] y = x.clone();
        Activation.GELU.apply(y, 0, y.length);
        for (int i = 0; i < x.length; i++) {
            double error = Math.abs(y[i] - gelu(x[i]));
            if (!(error <= 2.5e-7 * Math.abs(x[i]))) {
                assertThat(y[i]).as("gelu(%s)", x[i]).isEqualTo((float) gelu(x[i]));
            }
        }
    }

    @Test
    void isTheIdentityFarToTheRightAndZeroFarToTheLeft() {
        float[] x = {100, 1e30f, -100, -1e30f, 0, Float.MIN_VALUE};
        Activation.GELU.apply(x, 0, x.length);

        assertThat(x).containsExactly(100, 1e30f, -0f, -0f, 0, 0);
    }

    @Test
    void letsNaNThrough() {
        float[] x = {1, Float.NaN, 1};
        Activation.GELU.apply(x, 0, x.length);

        assertThat(x[1]).isNaN();
        assertThat(x[0]).isEqualTo(x[2]).isFinite();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 7, 8, 9, 13, 16, 17, 31, 33, 97})
    void givesTheSameAtTheEndOfAnArrayAsWithin(int length) {
        Random random = new Random(length);
        float[] x = new float[length];
        float[] one = new float[1];
        for (int i = 0; i < length; i++) {
            x[i] = (float) random.nextGaussian() * 3;
        }
        float[] y = x.clone();
        Activation.GELU.apply(y, 0, y.length);
        for (int i = 0; i < length; i++) {
            one[0] = x[i];
            Activation.GELU.apply(one, 0, one.length);
            assertThat(y[i]).isEqualTo(one[0]);
        }
    }

    private static double gelu(double x) {
        return x / 2 * Erfc.value(-x / Math.sqrt(2));
    }
}

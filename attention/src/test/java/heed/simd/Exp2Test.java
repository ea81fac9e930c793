package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The power of 2 that the softmax is made of. */
@Tag("numeric")
class Exp2Test {
    /** What the class promises. */
    private static final double RELATIVE_ERROR = 1.2e-7;

    private static final int SAMPLES = 200_000;

    @Test
    void theRelativeErrorIsAsPromised() {
        SplittableRandom random = new SplittableRandom(1);
        double worst = 0;
        float[] x = new float[Lanes.WIDTH];
        for (int i = 0; i < SAMPLES; i += Lanes.WIDTH) {
            for (int lane = 0; lane < x.length; lane++) {
                x[lane] = (float) random.nextDouble(-125, 127);
            }
            float[] y = exp2(x);
            for (int lane = 0; lane < x.length; lane++) {
                double exact = Math.pow(2, x[lane]);
                worst = Math.max(worst, Math.abs(y[lane] - exact) / exact);
            }
        }
        assertThat(worst).isLessThan(RELATIVE_ERROR);
    }

    @Test
    void wholeNumbersGiveExactPowers() {
        for (int n = -126; n < 128; n++) {
            assertThat(exp2(n)).isEqualTo((float) Math.pow(2, n));
        }
    }

    @Test
    void whatIsTooSmallIsZeroAndNaNIsNaN() {
        assertThat(exp2(-127)).isZero();
        assertThat(exp2(-1e6f)).isZero();
        assertThat(exp2(-Float.MAX_VALUE)).isZero();
        assertThat(exp2(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(exp2(Float.NaN)).isNaN();
    }

    private static float exp2(float x) {
        float[] all = new float[Lanes.WIDTH];
        Arrays.fill(all, x);
        return exp2(all)[0];
    }

    private static float[] exp2(float[] x) {
        float[] y = new float[x.length];
        Exp2.exp2(FloatVector.fromArray(Lanes.FLOATS, x, 0)).intoArray(y, 0);
        return y;
    }
}

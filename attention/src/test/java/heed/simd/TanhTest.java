package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("numeric")
class TanhTest {
    /** Eight units in the last place. */
    private static final double TOLERANCE = 8 * 0x1p-24;

    @Test
    void agreesWithTheHyperbolicTangent() {
        for (float x = 1e-30f; x < 30; x = x * 1.01f) {
            for (float value : new float[] {x, -x}) {
                assertThat(Math.abs(tanh(value) / Math.tanh(value) - 1))
                        .as("tanh %s", value)
                        .isLessThan(TOLERANCE);
            }
        }
    }

    @Test
    void isExactAtTheEdges() {
        assertThat(tanh(0)).isZero();
        assertThat(tanh(Float.POSITIVE_INFINITY)).isBetween(0.9999995f, 1.0000001f);
        assertThat(tanh(Float.NEGATIVE_INFINITY)).isBetween(-1.0000001f, -0.9999995f);
        assertThat(tanh(Float.NaN)).isNaN();
    }

    private static float tanh(float x) {
        return Tanh.tanh(FloatVector.broadcast(Lanes.FLOATS, x)).lane(0);
    }
}

package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rounding to bfloat16, against its definition. */
@Tag("numeric")
class BFloat16Test {
    private static final int ALL = 1 << 16;
    private static final int INFINITY = 0x7F80;

    @Test
    void eachBFloat16IsAFloatThatRoundsToItself() {
        for (int bits = 0; bits < ALL; bits++) {
            float value = BFloat16.widen((short) bits);
            assertThat(Float.floatToRawIntBits(value)).isEqualTo(bits << 16);
            assertThat(BFloat16.isFinite((short) bits)).isEqualTo(Float.isFinite(value));
            if (Float.isNaN(value)) {
                assertThat(BFloat16.widen(BFloat16.round(value))).isNaN();
            } else {
                assertThat(BFloat16.round(value)).isEqualTo((short) bits);
            }
        }
    }

    /**
     * Between two neighbours the middle goes to the even one, and what is a float nearer to one of
     * them goes to that; behind the largest, 2¹²⁸ is the neighbour that stands for ∞.
     */
    @Test
    void roundsToTheNearestAndTheMiddleToTheEvenOne() {
        for (int sign : new int[] {0, 0x8000}) {
            for (int magnitude = 0; magnitude < INFINITY; magnitude++) {
                int low = sign | magnitude;
                float middle = Float.intBitsToFloat(low << 16 | 0x8000);
                int even = magnitude % 2 == 0 ? low : low + 1;
                float towards = Float.intBitsToFloat(low << 16 | 0x7FFF);
                float beyond = Float.intBitsToFloat(low << 16 | 0x8001);
                assertThat(BFloat16.round(middle)).isEqualTo((short) even);
                assertThat(BFloat16.round(towards)).isEqualTo((short) low);
                assertThat(BFloat16.round(beyond)).isEqualTo((short) (low + 1));
            }
        }
    }

    @Test
    void theNearestIsAsNearAsFloat64SaysIt() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 200_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (!Float.isFinite(value)) {
                continue;
            }
            short nearest = BFloat16.round(value);
            double error = distance(nearest, value);
            assertThat(error).isLessThanOrEqualTo(distance((short) (nearest + 1), value));
            assertThat(error).isLessThanOrEqualTo(distance((short) (nearest - 1), value));
        }
    }

    /** In float64; where it is infinite, 2¹²⁸ stands for it. NaN, beyond that, is far away. */
    private static double distance(short bits, float value) {
        double widened = BFloat16.widen(bits);
        if (Double.isInfinite(widened)) {
            widened = Math.copySign(0x1p128, widened);
        }
        double distance = Math.abs(widened - value);
        return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
    }

    @Test
    void aNaNWhoseLowerBitsAreCutOffStaysOne() {
        for (int bits : new int[] {0x7F800001, 0xFF800001, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00000}) {
            float kept = BFloat16.widen(BFloat16.round(Float.intBitsToFloat(bits)));
            assertThat(kept).isNaN();
            assertThat(Float.floatToRawIntBits(kept) < 0).isEqualTo(bits < 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 13, 16, 17, 97, 257})
    void rowsAreRoundedAndWidenedWhereTheyStand(int count) {
        SplittableRandom random = new SplittableRandom(count);
        float[] values = new float[count + 7];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        short[] rounded = new short[count + 5];
        BFloat16.round(values, 3, rounded, 2, count);
        float[] widened = new float[count + 9];
        BFloat16.widen(rounded, 2, widened, 4, count);
        for (int i = 0; i < count; i++) {
            assertThat(rounded[2 + i]).isEqualTo(BFloat16.round(values[3 + i]));
            assertThat(widened[4 + i]).isEqualTo(BFloat16.widen(rounded[2 + i]));
        }
        for (int i = 0; i < widened.length; i++) {
            if (i < 4 || i >= 4 + count) {
                assertThat(widened[i]).isZero();
            }
        }
    }
}

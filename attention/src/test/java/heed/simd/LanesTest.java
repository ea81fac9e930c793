package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The width of the vectors that these tests run with. */
@Tag("numeric")
class LanesTest {

    @Test
    void theForcedWidthIsTheOneInUse() {
        Integer forced = Integer.getInteger("heed.simd.bits");
        int used = Lanes.WIDTH * Float.SIZE;
        if (forced == null) {
            assertThat(used).isBetween(64, 512);
        } else {
            assertThat(used).isEqualTo(forced);
        }
    }

    @Test
    void aStripIsAsWideAsATile() {
        Integer registers = Integer.getInteger("heed.simd.registers");
        if (registers != null) {
            assertThat(Lanes.MANY_REGISTERS).isEqualTo(registers == 32);
        }
        assertThat(Lanes.STRIP / Lanes.WIDTH).isEqualTo(Lanes.MANY_REGISTERS ? 4 : 2);
    }

    @Test
    void aPanelIsAWholeNumberOfStrips() {
        assertThat(Lanes.PANEL % (4 * Lanes.WIDTH)).isZero();
        assertThat(Lanes.PANEL % Lanes.STRIP).isZero();
    }

    @Test
    void whatIsNotFiniteIsFoundWhereverItStands() {
        for (int count = 0; count < 70; count++) {
            float[] x = new float[3 + count + 3];
            Arrays.fill(x, Float.NaN);
            Arrays.fill(x, 3, 3 + count, -Float.MAX_VALUE);
            assertThat(Lanes.areFinite(x, 3, 3 + count)).isTrue();
            for (int i = 3; i < 3 + count; i++) {
                for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
                    float before = x[i];
                    x[i] = value;
                    assertThat(Lanes.areFinite(x, 3, 3 + count)).as("%d of %d", i, count).isFalse();
                    x[i] = before;
                }
            }
        }
    }

    @Test
    void theDotProductIsThatOfItsDefinition() {
        SplittableRandom random = new SplittableRandom(1);
        for (int count = 0; count < 70; count++) {
            float[] a = new float[count + 5];
            float[] b = new float[count + 7];
            fill(a, random);
            fill(b, random);
            float exact = 0;
            for (int i = 0; i < count; i++) {
                exact += a[2 + i] * b[3 + i];
            }
            assertThat(Lanes.dot(a, 2, b, 3, count)).isEqualTo(exact);
        }
    }

    private static void fill(float[] values, SplittableRandom random) {
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(-9, 10);
        }
    }
}

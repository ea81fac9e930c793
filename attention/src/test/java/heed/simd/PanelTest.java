package heed.simd;

import static heed.simd.Lanes.PANEL;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both layouts of a panel hold the same matrix. All numbers are small and whole, so exact. */
@Tag("numeric")
class PanelTest {
    private static final int DEPTH = 13;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6, 13, 64, 97})
    void everyElementHasAPlaceOfItsOwn(int rows) {
        for (Panel panel : bothLayouts(rows)) {
            boolean[] taken = new boolean[rows * PANEL];
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < PANEL; i++) {
                    assertThat(taken[panel.index(r, i)]).as("%d, %d", r, i).isFalse();
                    taken[panel.index(r, i)] = true;
                }
            }
        }
    }

    @Test
    void aVectorLiesWithinARowOfAStrip() {
        for (Panel panel : bothLayouts(97)) {
            for (int i = 0; i < PANEL; i += Lanes.WIDTH) {
                for (int lane = 0; lane < Lanes.WIDTH; lane++) {
                    assertThat(panel.index(3, i + lane)).isEqualTo(panel.index(3, i) + lane);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6, 13, 64, 97})
    void productsAreWrittenAndAddedInEitherLayout(int rows) {
        float[] a = new float[rows * DEPTH];
        for (int i = 0; i < a.length; i++) {
            a[i] = i % 5 - 2;
        }
        for (Panel b : bothLayouts(DEPTH)) {
            fill(b);
            for (Panel c : bothLayouts(rows)) {
                Arrays.fill(c.data(), Float.NaN);
                c.set(Block.rows(a, 0, DEPTH), b);
                check(a, b, c, 1);
                c.add(Block.rows(a, 0, DEPTH), b);
                check(a, b, c, 2);
            }
        }
    }

    private static void check(float[] a, Panel b, Panel c, int times) {
        for (int r = 0; r < c.rows(); r++) {
            for (int i = 0; i < PANEL; i++) {
                float exact = 0;
                for (int p = 0; p < DEPTH; p++) {
                    exact += a[r * DEPTH + p] * b.data()[b.index(p, i)];
                }
                assertThat(c.data()[c.index(r, i)]).as("%d, %d", r, i).isEqualTo(times * exact);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 64, 97})
    void powersAndTheirSumsAreThoseOfTheColumn(int rows) {
        float[] reference = new float[PANEL];
        for (int i = 0; i < reference.length; i++) {
            reference[i] = i % 7;
        }
        for (Panel panel : bothLayouts(rows)) {
            fill(panel);
            float[] before = panel.data().clone();
            float[] sum = new float[PANEL];
            float highest = Exp2.exp2Panel(panel, 0, PANEL, reference, sum);
            float expectedHighest = 0;
            for (int i = 0; i < PANEL; i++) {
                float expectedSum = 0;
                for (int r = 0; r < rows; r++) {
                    float difference = before[panel.index(r, i)] - reference[i];
                    float power = (float) Math.pow(2, difference);
                    assertThat(panel.data()[panel.index(r, i)]).as("%d, %d", r, i).isEqualTo(power);
                    expectedSum += power;
                    expectedHighest = Math.max(expectedHighest, difference);
                }
                assertThat(sum[i]).as("%d", i).isEqualTo(expectedSum);
            }
            assertThat(highest).isEqualTo(expectedHighest);
        }
    }

    private static Iterable<Panel> bothLayouts(int rows) {
        float[] data = new float[rows * PANEL];
        return List.of(Panel.strips(data, rows), Panel.rowMajor(data.clone(), rows));
    }

    private static void fill(Panel panel) {
        for (int r = 0; r < panel.rows(); r++) {
            for (int i = 0; i < PANEL; i++) {
                panel.data()[panel.index(r, i)] = (r * 3 + i) % 11 - 5;
            }
        }
    }
}

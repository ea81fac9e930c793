package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gradients of linear layers against their definition in float64. */
@Tag("numeric")
class TransposedProductTest {
    private static final double UNIT_ROUNDOFF = 0x1p-24;

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "2, 13, 97",
        "13, 97, 2",
        "64, 64, 64",
        "65, 193, 130",
        "257, 3, 49",
        "130, 400, 65",
        "1030, 17, 64"
    })
    void theProductIsAddedToWhatIsThere(int m, int rows, int columns) {
        int stride = columns + 5;
        float[] a = normal(1, m * rows);
        float[] b = normal(2, m * columns);
        float[] c = normal(3, 2 + rows * stride);
        float[] before = c.clone();
        run(TransposedProduct.tasks(a, m, rows, b, columns, Block.rows(c, 2, stride), null), 2);
        for (int i = 0; i < c.length; i++) {
            int r = (i - 2) / stride;
            int j = i - 2 - r * stride;
            if (i < 2 || j >= columns) {
                assertThat(c[i]).as("outside, %d", i).isEqualTo(before[i]);
                continue;
            }
            double exact = before[i];
            double sizes = Math.abs(before[i]);
            for (int p = 0; p < m; p++) {
                double product = (double) a[p * rows + r] * b[p * columns + j];
                exact += product;
                sizes += Math.abs(product);
            }
            double bound = (m + 2) * UNIT_ROUNDOFF * sizes;
            assertThat(Math.abs(c[i] - exact)).as("%d, %d", r, j).isLessThanOrEqualTo(bound);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "13, 97", "257, 64", "100, 130"})
    void rowsAddUp(int m, int columns) {
        float[] b = normal(2, m * columns);
        float[] sum = normal(3, columns + 3);
        float[] before = sum.clone();
        float[] a = normal(1, m * 200);
        float[] c = new float[200 * columns];
        run(
                TransposedProduct.tasks(
                        a, m, 200, b, columns, Block.rows(c, 0, columns), Block.rows(sum, 3, 0)),
                2);
        float[] alone = new float[200 * columns];
        run(TransposedProduct.tasks(a, m, 200, b, columns, Block.rows(alone, 0, columns), null), 2);
        assertThat(c).isEqualTo(alone);
        for (int j = 0; j < columns; j++) {
            double exact = before[3 + j];
            double sizes = Math.abs(exact);
            for (int r = 0; r < m; r++) {
                exact += b[r * columns + j];
                sizes += Math.abs(b[r * columns + j]);
            }
            assertThat(Math.abs(sum[3 + j] - exact))
                    .isLessThanOrEqualTo((m + 2) * UNIT_ROUNDOFF * sizes);
        }
        assertThat(sum).startsWith(before[0], before[1], before[2]);
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        float[] a = normal(1, 300 * 400);
        float[] b = normal(2, 300 * 150);
        float[] one = new float[400 * 150];
        run(TransposedProduct.tasks(a, 300, 400, b, 150, Block.rows(one, 0, 150), null), 1);
        for (int threads = 2; threads <= 4; threads++) {
            float[] more = new float[400 * 150];
            run(
                    TransposedProduct.tasks(a, 300, 400, b, 150, Block.rows(more, 0, 150), null),
                    threads);
            assertThat(more).isEqualTo(one);
        }
    }

    private static void run(Tasks tasks, int threads) {
        ThreadTeam.run(threads, List.of(tasks));
    }

    private static float[] normal(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}

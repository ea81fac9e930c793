package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The matrix product of linear layers against its definition in float64. */
@Tag("numeric")
class PackedMatrixTest {
    private static final double UNIT_ROUNDOFF = 0x1p-24;

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "1, 64, 48",
        "2, 13, 97",
        "13, 97, 2",
        "97, 80, 96",
        "128, 64, 144",
        "129, 257, 47",
        "257, 3, 49",
        "5, 1025, 130"
    })
    void theProductIsThatOfTheDefinition(int m, int rows, int columns) {
        float[] x = normal(1, m * rows);
        float[] matrix = normal(2, rows * columns);
        float[] bias = normal(3, columns);
        float[] y = new float[m * columns];
        Arrays.fill(y, Float.NaN);
        PackedMatrix.pack(rows, columns, matrix).multiply(x, m, bias, y, 2);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < columns; j++) {
                double exact = bias[j];
                double sizes = Math.abs(bias[j]);
                for (int r = 0; r < rows; r++) {
                    double product = (double) x[i * rows + r] * matrix[r * columns + j];
                    exact += product;
                    sizes += Math.abs(product);
                }
                // The bound of a sum of rows + 1 terms in any order: each is rounded at most that
                // often.
                double bound = (rows + 1) * UNIT_ROUNDOFF * sizes;
                double error = Math.abs(y[i * columns + j] - exact);
                if (!(error <= bound)) {
                    assertThat(error).as("row %d, column %d", i, j).isLessThanOrEqualTo(bound);
                }
            }
        }
    }

    /** More threads have smaller tasks, of other tiles. */
    @ParameterizedTest
    @CsvSource({"1, 97, 64", "47, 33, 130", "128, 64, 48", "513, 40, 65"})
    void threadsDoNotChangeABit(int m, int rows, int columns) {
        float[] x = normal(1, m * rows);
        float[] bias = normal(3, columns);
        PackedMatrix matrix = PackedMatrix.pack(rows, columns, normal(2, rows * columns));
        float[] expected = new float[m * columns];
        matrix.multiply(x, m, bias, expected, 1);
        for (int threads : new int[] {2, 5, 16, 200}) {
            float[] y = new float[m * columns];
            matrix.multiply(x, m, bias, y, threads);
            assertThat(y).as("%d threads", threads).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "13, 97, 2", "129, 33, 47", "5, 130, 64", "70, 64, 130"})
    void aTransposedMatrixIsAddedToWhatIsThere(int m, int rows, int columns) {
        float[] x = normal(1, m * rows);
        float[] transposed = normal(2, columns * (rows + 3) + 1);
        float[] before = normal(3, m * columns);
        PackedMatrix matrix = PackedMatrix.zeros(rows, columns);
        matrix.set(Block.rows(transposed, 1, rows + 3).transpose(), 2);
        float[] set = new float[m * columns];
        Arrays.fill(set, Float.NaN);
        matrix.multiply(x, 0, m, false, ElementFunction.NONE, set, 2);
        float[] added = before.clone();
        matrix.multiply(x, 0, m, true, ElementFunction.NONE, added, 2);
        float[] negated = new float[m * columns];
        matrix.multiply(
                x,
                0,
                m,
                false,
                (values, from, to) -> {
                    for (int i = from; i < to; i++) {
                        values[i] = -values[i];
                    }
                },
                negated,
                2);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < columns; j++) {
                double exact = 0;
                double sizes = 1;
                for (int r = 0; r < rows; r++) {
                    double product = (double) x[i * rows + r] * transposed[1 + j * (rows + 3) + r];
                    exact += product;
                    sizes += Math.abs(product);
                }
                int at = i * columns + j;
                double bound = (rows + 2) * UNIT_ROUNDOFF * (sizes + Math.abs(before[at]));
                assertThat(Math.abs(set[at] - exact)).isLessThanOrEqualTo(bound);
                assertThat(Math.abs(added[at] - exact - before[at])).isLessThanOrEqualTo(bound);
                assertThat(negated[at]).isEqualTo(-set[at]);
            }
        }
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        float[] x = normal(1, 300 * 65);
        float[] bias = normal(3, 200);
        PackedMatrix matrix = PackedMatrix.pack(65, 200, normal(2, 65 * 200));
        float[] one = new float[300 * 200];
        matrix.multiply(x, 300, bias, one, 1);
        for (int threads = 2; threads <= 4; threads++) {
            float[] more = new float[300 * 200];
            matrix.multiply(x, 300, bias, more, threads);
            assertThat(more).isEqualTo(one);
        }
    }

    @Test
    void someRowsAreThoseOfAll() {
        float[] x = normal(1, 300 * 65);
        float[] bias = normal(3, 200);
        PackedMatrix matrix = PackedMatrix.pack(65, 200, normal(2, 65 * 200));
        float[] all = new float[300 * 200];
        matrix.multiply(x, 300, bias, all, 2);
        float[] some = new float[300 * 200];
        matrix.multiply(x, 31, 170, bias, ElementFunction.NONE, some, 2);
        assertThat(Arrays.copyOfRange(some, 0, 31 * 200)).containsOnly(0);
        assertThat(Arrays.copyOfRange(some, 31 * 200, 201 * 200))
                .isEqualTo(Arrays.copyOfRange(all, 31 * 200, 201 * 200));
        assertThat(Arrays.copyOfRange(some, 201 * 200, 300 * 200)).containsOnly(0);
    }

    @Test
    void rowsComeBackAsTheyWerePacked() {
        float[] matrix = normal(4, 7 * 100);
        PackedMatrix packed = PackedMatrix.pack(7, 100, matrix);
        assertThat(packed.rows()).isEqualTo(7);
        assertThat(packed.columns()).isEqualTo(100);
        for (int row = 0; row < 7; row++) {
            assertThat(packed.row(row))
                    .isEqualTo(Arrays.copyOfRange(matrix, row * 100, (row + 1) * 100));
        }
    }

    @Test
    void noRowsAreNoError() {
        PackedMatrix.pack(3, 5, new float[15])
                .multiply(new float[0], 0, new float[5], new float[0], 2);
        assertThat(PackedMatrix.pack(0, 5, new float[0]).rows()).isZero();
    }

    @Test
    void theMatrixFillsItsArray() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PackedMatrix.pack(3, 5, new float[14]))
                .withMessage("a matrix of 3 × 5 needs 15 elements, the array has 14");
    }

    private static float[] normal(long seed, int length) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}

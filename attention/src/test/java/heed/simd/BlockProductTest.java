package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of every kind of rows that tiles leave, in both orders of a, against doubles. */
@Tag("numeric")
final class BlockProductTest {
    private static final int DEPTH = 19;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 6, 8, 11, 47, 48, 49, 50, 51, 52, 53, 64})
    void isTheProduct(int rows) {
        for (int width : new int[] {3, Lanes.STRIP, Lanes.PANEL, 2 * Lanes.PANEL + 5}) {
            for (boolean transposed : new boolean[] {false, true}) {
                multiply(rows, width, transposed);
            }
        }
    }

    private static void multiply(int rows, int width, boolean transposed) {
        Random random = new Random(rows);
        float[] as = gaussians(random, rows * DEPTH);
        float[] bs = gaussians(random, DEPTH * width);
        float[] row = gaussians(random, width);
        Block a = transposed ? Block.rows(as, 0, rows).transpose() : Block.rows(as, 0, DEPTH);
        Block b = Block.rows(bs, 0, width);
        float[] set = gaussians(random, rows * width);
        float[] added = set.clone();
        float[] from = set.clone();
        float[] before = set.clone();

        BlockProduct.set(a, b, Block.rows(set, 0, width), rows, DEPTH, width);
        BlockProduct.add(a, b, Block.rows(added, 0, width), rows, DEPTH, width);
        BlockProduct.setFrom(
                a, b, Block.rows(row, 0, 0), Block.rows(from, 0, width), rows, DEPTH, width);

        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < width; c++) {
                double product = 0;
                for (int p = 0; p < DEPTH; p++) {
                    double x = as[transposed ? p * rows + r : r * DEPTH + p];
                    product += x * bs[p * width + c];
                }
                int at = r * width + c;
                assertThat((double) set[at]).isCloseTo(product, within(1e-5));
                assertThat((double) added[at]).isCloseTo(before[at] + product, within(1e-5));
                assertThat((double) from[at]).isCloseTo(row[c] + product, within(1e-5));
            }
        }
    }

    private static float[] gaussians(Random random, int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}

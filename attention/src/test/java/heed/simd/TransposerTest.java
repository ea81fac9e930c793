package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transposing is copying to another place: every element is checked, and what lies around. */
@Tag("numeric")
class TransposerTest {

    @ParameterizedTest
    @CsvSource({
        "1, 1", "2, 13", "13, 2", "16, 16", "17, 33", "48, 64", "64, 64", "64, 80", "63, 97"
    })
    void everyElementGoesToItsPlaceAndNothingElseIsTouched(int rows, int columns) {
        int fromStride = columns + 3;
        int toStride = rows + 5;
        float[] from = new float[2 + rows * fromStride];
        for (int i = 0; i < from.length; i++) {
            from[i] = i;
        }
        float[] factors = new float[4 + columns];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = i % 3 + 1;
        }
        float[] to = new float[7 + columns * toStride];
        Arrays.fill(to, -1);
        float[] expected = to.clone();
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                expected[7 + c * toStride + r] = from[2 + r * fromStride + c] * factors[4 + c];
            }
        }
        new Transposer()
                .transpose(
                        Block.rows(from, 2, fromStride),
                        rows,
                        columns,
                        factors,
                        4,
                        Block.rows(to, 7, toStride));
        assertThat(to).isEqualTo(expected);
    }
}

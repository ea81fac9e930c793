package heed.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.attention.Heads;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomRowsTest {
    private static final int HEADS = 3;
    private static final int ROWS = 1000;
    private static final int COLUMNS = 8;

    private static RandomRows rows(long seed) {
        return new RandomRows("x", HEADS, ROWS, COLUMNS, seed);
    }

    @Test
    void aRowIsTheSameWhateverIsReadWithIt() {
        Heads all = rows(1).read(0, ROWS);
        Heads some = rows(1).read(400, 500);
        assertThat(some.row(2, 77)).isEqualTo(all.row(2, 477));
    }

    /** Queries that are keys too would attend to these alone. */
    @Test
    void noRowIsAnother() {
        Set<Integer> rows = new HashSet<>();
        for (int seed = 1; seed <= 6; seed++) {
            Heads block = rows(seed).read(0, ROWS);
            for (int i = 0; i < HEADS * ROWS; i++) {
                rows.add(Arrays.hashCode(block.row(i / ROWS, i % ROWS)));
            }
        }
        // Of so many hashes a few may be equal by chance.
        assertThat(rows.size()).isGreaterThan(6 * HEADS * ROWS - 10);
    }

    @Test
    void numbersAreNormal() {
        float[] numbers = rows(1).read(0, ROWS).data();
        double mean = 0;
        double square = 0;
        for (float x : numbers) {
            mean += x / (double) numbers.length;
            square += (double) x * x / numbers.length;
        }
        assertThat(mean).isCloseTo(0, within(0.03));
        assertThat(square).isCloseTo(1, within(0.05));
    }
}

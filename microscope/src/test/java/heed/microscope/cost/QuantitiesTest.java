package heed.microscope.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantitiesTest {
    @ParameterizedTest
    @CsvSource({
        "0.0000042, 4.20 µs",
        "0.0421, 42.1 ms",
        "3.14159, 3.14 s",
        "152.4, 2 min 32 s",
        "3599.7, 1 h 0 min",
        "7260, 2 h 1 min",
        "864000, 10.0 days"
    })
    void timesReadAsPeopleSayThem(double seconds, String expected) {
        assertThat(Quantities.duration(seconds)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "999, 999 B", "1000, 1.00 kB", "999999, 1.00 MB", "786432000000, 786 GB"})
    void bytesHaveDecimalPrefixes(BigInteger bytes, String expected) {
        assertThat(Quantities.scaled(bytes, "B")).isEqualTo(expected);
    }
}

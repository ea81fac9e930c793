package heed.microscope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class HeadIdTest {
    @Test
    void headsAreNamedByLayerAndNumber() {
        assertThat(HeadId.parse("L4H11")).isEqualTo(new HeadId(4, 11)).hasToString("L4H11");
        for (String wrong : List.of("", "4-11", "L4", "H4L1", "L-1H2", "L1H2x", "L99999999H0")) {
            assertThatThrownBy(() -> HeadId.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("L3H1");
        }
    }
}

package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;

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
    void aPanelIsAWholeNumberOfStrips() {
        assertThat(Lanes.PANEL % (4 * Lanes.WIDTH)).isZero();
        assertThat(Lanes.roundUpToPanel(0)).isZero();
        assertThat(Lanes.roundUpToPanel(1)).isEqualTo(Lanes.PANEL);
        assertThat(Lanes.roundUpToPanel(Lanes.PANEL)).isEqualTo(Lanes.PANEL);
        assertThat(Lanes.roundUpToPanel(Lanes.PANEL + 1)).isEqualTo(2 * Lanes.PANEL);
    }
}

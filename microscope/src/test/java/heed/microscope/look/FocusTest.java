package heed.microscope.look;

import static org.assertj.core.api.Assertions.assertThat;

import heed.microscope.UnitRow;
import heed.microscope.Units;
import org.junit.jupiter.api.Test;

class FocusTest {
    private static Focus focus(Focus.Scale scale, int top, int query, double... weights) {
        return Focus.of(new UnitRow(query, weights, 4), scale, top);
    }

    @Test
    void withoutTheUnitItselfTheRestIsRenormalised() {
        Focus focus = focus(Focus.Scale.OTHERS_ONLY, 0, 1, 1, 2, 3);
        assertThat(focus.attends())
                .containsExactly(new Focus.Target(0, 0.25), new Focus.Target(2, 0.75));
        assertThat(focus.specialMass()).isEqualTo(0.4);
        assertThat(focus.selfMass()).isEqualTo(0.2);
    }

    @Test
    void untouchedWeightsStayAsTheyAre() {
        Focus focus = focus(Focus.Scale.UNTOUCHED, 2, 1, 1, 2, 3);
        assertThat(focus.attends()).containsExactly(new Focus.Target(2, 3), new Focus.Target(1, 2));
        assertThat(focus.selfMass()).isZero();
    }

    @Test
    void whatTheMaskHidesIsNoTarget() {
        assertThat(focus(Focus.Scale.UNTOUCHED, 0, 0, 1, Units.HIDDEN).attends())
                .containsExactly(new Focus.Target(0, 1));
        Focus alone = focus(Focus.Scale.OTHERS_ONLY, 3, 0, 4, Units.HIDDEN);
        assertThat(alone.attends()).isEmpty();
        assertThat(alone.selfMass()).isEqualTo(0.5);
    }

    @Test
    void ofEqualTargetsTheEarlierComesFirst() {
        assertThat(focus(Focus.Scale.UNTOUCHED, 3, 0, 1, 2, 1, 2, 0).attends())
                .extracting(Focus.Target::key)
                .containsExactly(1, 3, 0);
    }
}

package heed.transformer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {

    @Test
    void itRisesThenFallsByACosine() {
        LearningRateSchedule schedule = new LearningRateSchedule(1, 0.1, 9, 109);
        assertThat(schedule.at(0)).isEqualTo(0.1);
        assertThat(schedule.at(8)).isEqualTo(0.9);
        assertThat(schedule.at(9)).isEqualTo(1);
        assertThat(schedule.at(59)).isCloseTo(0.55, within(1e-12));
        assertThat(schedule.at(109)).isEqualTo(0.1);
        assertThat(schedule.at(1_000_000)).isEqualTo(0.1);
    }

    @Test
    void ratesThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new LearningRateSchedule(0.1, 0.2, 1, 10))
                .hasMessageContaining("the lowest, 0.2, not above the highest, 0.1");
        assertThatThrownBy(() -> new LearningRateSchedule(Double.NaN, 0.2, 1, 10))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LearningRateSchedule(1, 0.2, 11, 10))
                .hasMessage("a warm-up of 11 of 10 steps");
    }
}

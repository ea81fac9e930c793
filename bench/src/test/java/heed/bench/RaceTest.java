package heed.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RaceTest {
    private final List<String> log = new ArrayList<>();

    /** Makes one number, and busies itself for a while first. */
    private record Fake(String name, float value, long micros, List<String> log)
            implements Contender {
        @Override
        public void run() {
            long end = System.nanoTime() + micros * 1000;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            log.add(name + micros);
        }

        @Override
        public float[] result() {
            return new float[] {1, value};
        }

        @Override
        public void close() {
            log.add("closed");
        }
    }

    private Contender fake(String name, double value, long micros) {
        return new Fake(name, (float) value, micros, log);
    }

    private static Work work(Contender... contenders) {
        return new Work("work", 1, 0, Work.TOLERANCE, threads -> List.of(contenders));
    }

    @Test
    void contendersRunInTurn() {
        Race.run(work(fake("a", 0, 50), fake("b", 0, 60)), 1, 3);
        assertThat(log.subList(log.size() - 8, log.size()))
                .containsExactly("a50", "b60", "a50", "b60", "a50", "b60", "closed", "closed");
    }

    @Test
    void ratiosAreTimesOverTheFirstTime() {
        List<Race.Finish> finishes = Race.run(work(fake("a", 0, 1000), fake("b", 0, 3000)), 1, 5);
        assertThat(finishes).extracting(Race.Finish::name).containsExactly("a", "b");
        assertThat(finishes.get(0).ratio()).isEqualTo(1);
        assertThat(finishes.get(1).ratio()).isBetween(2.0, 4.0);
        assertThat(finishes.get(1).medianMillis()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void theFasterWayOfAPeerIsTimed() {
        Race.run(work(fake("a", 0, 50), fake("b", 0, 3000), fake("b", 0, 1000)), 1, 1);
        assertThat(log.subList(log.size() - 5, log.size()))
                .containsExactly("a50", "b1000", "closed", "closed", "closed");
    }

    @Test
    void differencesAreReported() {
        List<Race.Finish> finishes =
                Race.run(work(fake("a", 0.5, 50), fake("b", 0.5 + 0x1p-16, 50)), 1, 1);
        assertThat(finishes.get(1).difference()).isEqualTo(0x1p-16);
    }

    @Test
    void unequalResultsAreNotTimed() {
        for (double wrong : new double[] {0.501, Double.NaN, Double.POSITIVE_INFINITY}) {
            log.clear();
            assertThatThrownBy(() -> Race.run(work(fake("a", 0.5, 50), fake("b", wrong, 50)), 1, 1))
                    .isInstanceOf(UnequalException.class)
                    .hasMessageContaining("a and b differ");
            assertThat(log).containsExactly("closed", "closed");
        }
    }

    @Test
    void resultsAreComparedWithoutTiming() {
        Race.checkEqual(work(fake("a", 0.5, 50), fake("b", 0.5, 50)));
        assertThat(log).containsExactly("closed", "closed");
        assertThatThrownBy(() -> Race.checkEqual(work(fake("a", 0.5, 50), fake("b", 0.6, 50))))
                .isInstanceOf(UnequalException.class)
                .hasMessageContaining("a and b differ");
    }

    @Test
    void medians() {
        assertThat(Race.median(3, 1, 2)).isEqualTo(2);
        assertThat(Race.median(4, 1, 2, 3)).isEqualTo(2.5);
    }
}

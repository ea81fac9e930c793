package heed.ring;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

/** Executors of 1 GiB held just what is let through here, on a million tokens. */
class RingMemoryTest {
    private static final RingInput MILLION = RingAttentionJob.random(new int[] {1 << 20, 1, 64}, 1);

    private static SparkConf conf(String memory, int cores) {
        return new SparkConf(false)
                .set("spark.master", "spark://host:7077")
                .set("spark.executor.memory", memory)
                .set("spark.executor.cores", String.valueOf(cores));
    }

    @Test
    void partsThatFitAreLetThrough() {
        assertThatCode(() -> RingMemory.check(MILLION, 2, false, conf("1g", 1)))
                .doesNotThrowAnyException();
        assertThatCode(() -> RingMemory.check(MILLION, 4, true, conf("1g", 1)))
                .doesNotThrowAnyException();
    }

    @Test
    void partsThatDoNotAreRefused() {
        assertThatThrownBy(() -> RingMemory.check(MILLION, 1, false, conf("1g", 1)))
                .hasMessage(
                        "1,048,576 tokens in 1 parts: the tasks of an executor hold 816 MiB, of which it has 724:"
                                + " give --parts 2, or executors more memory");
        assertThatThrownBy(() -> RingMemory.check(MILLION, 2, true, conf("1g", 1)))
                .hasMessageContaining("give --parts 4");
        assertThatThrownBy(() -> RingMemory.check(MILLION, 2, false, conf("1g", 2)))
                .hasMessageContaining("give --parts 4");
    }

    @Test
    void anExecutorThatHasNoRoomForTilesNeedsMore() {
        assertThatThrownBy(() -> RingMemory.check(MILLION, 64, false, conf("320m", 1)))
                .hasMessageEndingWith("it has 20: give executors more memory");
    }
}

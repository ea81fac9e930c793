package heed.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** No buffer grows with n_q · n_k. */
class MemoryTest {
    private static final int TOKENS = 20_000;

    /** All scores would take 1.6 GB. The vectors in play take 2 MB; code that warms up, more. */
    private static final long MOST_BYTES = 200L << 20;

    @Test
    void forwardAndWeightsOfManyTokensTakeLittleMemory() {
        AttentionInput input = Shape.of(TOKENS, TOKENS, 8).input(1);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getTotalThreadAllocatedBytes();
        AttentionOutput output = Attention.forward(input);
        AttentionWeights weights = new AttentionWeights(input, output);
        double[] sums = weights.columnSums(0);
        weights.top(0, TOKENS - 1, 10);
        float[] row = weights.row(0, 17);
        assertThat(threads.getTotalThreadAllocatedBytes() - before).isLessThan(MOST_BYTES);
        assertThat(row).hasSize(TOKENS);
        assertThat(Arrays.stream(sums).sum()).isCloseTo(TOKENS, within(TOKENS * 1e-5));
    }
}

package heed.microscope.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.attention.AttentionInput;
import heed.attention.Heads;
import heed.microscope.QuestionException;
import org.junit.jupiter.api.Test;

class LayerRunTest {
    private static final long GB = 1_000_000_000;

    private static LayerRun fitting(
            int heads, int kvHeads, int headDim, int context, double heapGigabytes) {
        ModelShape shape = new ModelShape("custom", 1, heads, kvHeads, headDim, true, false);
        return LayerRun.fitting(new AttentionCost(shape, context), (long) (heapGigabytes * GB));
    }

    @Test
    void aLayerThatFitsRunsAtOnce() {
        LayerRun run = fitting(12, 4, 64, 16_384, 4);
        assertThat(run.heads()).isEqualTo(12);
        assertThat(run.kvHeads()).isEqualTo(4);
        assertThat(run.groups()).isEqualTo(1);
    }

    @Test
    void headsThatFillMoreThanAnArrayRunInGroups() {
        // 96 · 128,000 · 128 elements are 1.57e9; 256,000 tokens are more than an array holds.
        assertThat(fitting(96, 96, 128, 128_000, 1000).groups()).isEqualTo(1);
        assertThat(fitting(96, 96, 128, 256_000, 1000).groups()).isEqualTo(2);
    }

    @Test
    void headsThatFillMoreThanTheHeapRunInGroups() {
        // A head is 4 · 64 · 128,000 + 128,000 floats: 0.13 GB; 6 fit 60 % of 1.5 GB.
        LayerRun run = fitting(12, 12, 64, 128_000, 1.5);
        assertThat(run.heads()).isEqualTo(6);
        assertThat(run.groups()).isEqualTo(2);
    }

    @Test
    void groupsKeepHowHeadsShare() {
        // 0.75 GB hold 7 heads with their 4 key/value heads, but groups are equal: 6 and 3.
        LayerRun run = fitting(12, 6, 64, 128_000, 1.25);
        assertThat(run.heads()).isEqualTo(6);
        assertThat(run.kvHeads()).isEqualTo(3);
        LayerRun shared = fitting(12, 1, 64, 128_000, 0.6);
        assertThat(shared.kvHeads()).isEqualTo(1);
        assertThat(shared.heads() * shared.groups()).isEqualTo(12);
    }

    @Test
    void refusesWhatTheHeapCannotHold() {
        assertThatThrownBy(() -> fitting(12, 12, 64, 33_000_000, 4))
                .isInstanceOf(QuestionException.class)
                .hasMessageContainingAll("33.9 GB", "4.0 GB", "-Xmx57g");
    }

    @Test
    void runsEveryGroup() {
        ModelShape shape = new ModelShape("custom", 1, 4, 2, 16, true, false);
        LayerRun run = new LayerRun(new AttentionCost(shape, 97), 2, 1, 2);
        assertThat(run.seconds(2)).isPositive();
    }

    @Test
    void operandsSpreadAsTrainedOnesDo() {
        ModelShape shape = new ModelShape("custom", 1, 2, 1, 64, true, false);
        AttentionInput input = LayerRun.input(shape, 2, 1, 1025);
        assertThat(deviation(input.q().data())).isBetween(2.95, 3.05);
        assertThat(deviation(((Heads) input.k()).data())).isBetween(0.98, 1.02);
        assertThat(((Heads) input.k()).data()).isNotEqualTo(((Heads) input.v()).data());
    }

    private static double deviation(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares / values.length);
    }
}

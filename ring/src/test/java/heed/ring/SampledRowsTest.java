package heed.ring;

import static org.assertj.core.api.Assertions.assertThat;

import heed.attention.AttentionMask;
import heed.attention.Heads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Rows of what {@code heed ring --random NxHxD --mask MASK --out FOLDER} has written, against
 * float64. For sequences of any length: keys and values are read a block at a time.
 *
 * <pre>mvn test -pl attention,ring -Dtest=SampledRowsTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dheed.ring.attended=FOLDER -Dheed.ring.random=NxHxD -Dheed.ring.mask=MASK</pre>
 */
@EnabledIfSystemProperty(named = "heed.ring.attended", matches = ".+")
class SampledRowsTest {
    private static final int SAMPLES = 64;
    private static final int BLOCK = 8192;

    @Test
    void sampledRowsAreWhatTheDefinitionSays() throws Exception {
        int[] shape = Masks.numbers("random", System.getProperty("heed.ring.random"), "x", 3);
        RingInput input = RingAttentionJob.random(shape, 1);
        AttentionMask mask = Masks.parse(System.getProperty("heed.ring.mask", "causal"));
        String folder = System.getProperty("heed.ring.attended");
        RowSource out = ShardedRows.open(folder + "/out", new Configuration());
        RowSource lse = ShardedRows.open(folder + "/lse", new Configuration());
        List<Sample> samples = samples(input);
        for (int from = 0; from < input.tokens(); from += BLOCK) {
            int to = Math.min(input.tokens(), from + BLOCK);
            Heads k = input.k().read(from, to);
            Heads v = input.v().read(from, to);
            for (Sample sample : samples) {
                sample.attend(mask, input.scale(), from, k, v);
            }
        }
        double worst = 0;
        double worstLse = 0;
        for (Sample sample : samples) {
            worst = Math.max(worst, sample.error(out.read(sample.row, sample.row + 1)));
            double expected = sample.reference + Math.log(sample.sum);
            float actual = lse.read(sample.row, sample.row + 1).get(sample.head, 0, 0);
            worstLse = Math.max(worstLse, Math.abs(actual / expected - 1));
        }
        System.out.printf(
                "%d rows of %s: largest relative error of the output %.2g, of the log-sum-exp %.2g%n",
                SAMPLES, folder, worst, worstLse);
        assertThat(worst).isLessThan(1e-6);
        assertThat(worstLse).isLessThan(1e-6);
    }

    private static List<Sample> samples(RingInput input) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < SAMPLES; i++) {
            int row = i == 0 ? input.tokens() - 1 : random.nextInt(input.tokens());
            int head = random.nextInt(input.q().heads());
            float[] q = input.q().read(row, row + 1).row(head, 0);
            samples.add(new Sample(head, row, q, input.v().columns()));
        }
        return samples;
    }

    /** A row, and what it has attended to so far. */
    private static final class Sample {
        private final int head;
        private final int row;
        private final float[] q;
        private final double[] sums;
        private double sum;
        private double reference = Double.NEGATIVE_INFINITY;

        Sample(int head, int row, float[] q, int columns) {
            this.head = head;
            this.row = row;
            this.q = q;
            this.sums = new double[columns];
        }

        void attend(AttentionMask mask, float scale, int from, Heads k, Heads v) {
            for (int key = 0; key < k.rows(); key++) {
                if (!mask.allows(head, row, from + key)) {
                    continue;
                }
                double score = 0;
                for (int c = 0; c < q.length; c++) {
                    score += (double) q[c] * k.get(head, key, c);
                }
                score *= scale;
                double larger = Math.max(reference, score);
                double kept = Math.exp(reference - larger);
                double weight = Math.exp(score - larger);
                reference = larger;
                sum = sum * kept + weight;
                for (int c = 0; c < sums.length; c++) {
                    sums[c] = sums[c] * kept + weight * v.get(head, key, c);
                }
            }
        }

        /** {@code ‖actual − expected‖ / ‖expected‖}. */
        double error(Heads actual) {
            double difference = 0;
            double norm = 0;
            for (int c = 0; c < sums.length; c++) {
                double expected = sums[c] / sum;
                double error = actual.get(head, 0, c) - expected;
                difference += error * error;
                norm += expected * expected;
            }
            return Math.sqrt(difference / norm);
        }
    }
}

package heed.ring;

import static org.assertj.core.api.Assertions.assertThat;

import heed.attention.AttentionMask;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two executors, one of which is killed while it works. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LostExecutorTest {
    private static final int TOKENS = 16_384;
    private static final int PARTS = 8;
    private static final int TILE_BYTES = 1 << 19;

    /** How often, each time at another moment: {@code -Dheed.ring.kills=10}. */
    private static final int KILLS = Integer.getInteger("heed.ring.kills", 1);

    @Test
    void aKilledExecutorCostsItsOwnTasksAndNoBit() throws Exception {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        SplittableRandom random = new SplittableRandom(1);
        try (JavaSparkContext spark = new JavaSparkContext(LocalCluster.conf(2, 1, 1024))) {
            List<RowBlock> undisturbed = results(spark, RingAttention::forward);
            for (int kill = 0; kill < KILLS; kill++) {
                StageListener stages =
                        killWhileItWorks(
                                spark,
                                RingAttention::forward,
                                undisturbed,
                                random.nextInt(1, PARTS - 1));
                StageListener.Stage ring = stages.stages().getLast();
                assertThat(ring.tasks()).isEqualTo(PARTS);
                assertThat(ring.successes()).isEqualTo(PARTS);
                assertThat(ring.failures()).isBetween(1, 2);
            }
            // What a lost executor has shuffled already is made again too.
            List<RowBlock> gradients = results(spark, LostExecutorTest::backward);
            var _ =
                    killWhileItWorks(
                            spark, LostExecutorTest::backward, gradients, random.nextInt(1, 5));
        }
    }

    private static RandomRows rows(String name, int columns, long seed) {
        return new RandomRows(name, 4, TOKENS, columns, seed);
    }

    private static JavaRDD<RowBlock> backward(RingAttention ring) {
        return ring.backward(rows("out", 64, 4), rows("lse", 1, 5), rows("dOut", 64, 6));
    }

    private static StageListener killWhileItWorks(
            JavaSparkContext spark,
            Function<RingAttention, JavaRDD<RowBlock>> pass,
            List<RowBlock> undisturbed,
            int moment)
            throws Exception {
        StageListener stages = new StageListener();
        Killer killer = new Killer(moment);
        spark.sc().addSparkListener(stages);
        spark.sc().addSparkListener(killer);
        List<RowBlock> disturbed = results(spark, pass);
        spark.sc().listenerBus().waitUntilEmpty();
        spark.sc().removeSparkListener(killer);
        spark.sc().removeSparkListener(stages);

        assertThat(killer.killed).isTrue();
        assertThat(stages.lostExecutors()).isEqualTo(1);
        assertThat(disturbed).hasSameSizeAs(undisturbed);
        for (int i = 0; i < disturbed.size(); i++) {
            assertThat(disturbed.get(i).name()).isEqualTo(undisturbed.get(i).name());
            assertThat(disturbed.get(i).from()).isEqualTo(undisturbed.get(i).from());
            assertThat(disturbed.get(i).bytes()).isEqualTo(undisturbed.get(i).bytes());
        }
        return stages;
    }

    private static List<RowBlock> results(
            JavaSparkContext spark, Function<RingAttention, JavaRDD<RowBlock>> pass) {
        RingInput input =
                RingInput.of(rows("q", 64, 1), rows("k", 64, 2), rows("v", 64, 3))
                        .withMask(AttentionMask.causal());
        try (RingAttention ring = RingAttention.of(spark, input, PARTS, TILE_BYTES)) {
            return pass.apply(ring).collect();
        }
    }

    /** Kills an executor of this very process when so many tasks of the ring have ended. */
    private static final class Killer extends SparkListener {
        private final AtomicBoolean killed = new AtomicBoolean();
        private final int moment;
        private int ring = -1;
        private int ended;

        Killer(int moment) {
            this.moment = moment;
        }

        @Override
        public synchronized void onStageSubmitted(SparkListenerStageSubmitted event) {
            StageInfo stage = event.stageInfo();
            ring = stage.numTasks() == PARTS ? stage.stageId() : -1;
        }

        @Override
        public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
            if (event.stageId() == ring && ++ended == moment) {
                killed.set(executors().get(moment % 2).destroyForcibly());
            }
        }

        /** The only children that are JVMs. */
        private static List<ProcessHandle> executors() {
            return ProcessHandle.current()
                    .children()
                    .filter(child -> child.info().command().orElse("").endsWith("java"))
                    .sorted(Comparator.comparingLong(ProcessHandle::pid))
                    .toList();
        }
    }
}

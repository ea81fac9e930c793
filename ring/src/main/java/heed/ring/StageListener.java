package heed.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.scheduler.TaskInfo;

/** Hears from Spark how the tasks of every stage went. */
final class StageListener extends SparkListener {
    private final Map<Integer, Stage> stages = new TreeMap<>();
    private int lostExecutors;

    /** Tasks of a stage, over all its attempts. */
    static final class Stage {
        private final String name;
        private final int tasks;
        private final List<Long> millis = new ArrayList<>();
        private int failures;
        private long began = Long.MAX_VALUE;
        private long ended;

        private Stage(String name, int tasks) {
            this.name = name;
            this.tasks = tasks;
        }

        String name() {
            return name;
        }

        int tasks() {
            return tasks;
        }

        /** Tasks that succeeded: more than there are where some were lost afterwards. */
        int successes() {
            return millis.size();
        }

        /** Tasks that did not: lost with their worker, for one. */
        int failures() {
            return failures;
        }

        /** From the start of the first task to the end of the last. */
        double seconds() {
            return ended <= began ? 0 : (ended - began) / 1e3;
        }

        /** The slowest task over the mean of all. */
        double balance() {
            double mean = millis.stream().mapToLong(Long::longValue).average().orElse(0);
            long slowest = millis.stream().mapToLong(Long::longValue).max().orElse(0);
            return mean == 0 ? 1 : slowest / mean;
        }
    }

    @Override
    public synchronized void onStageSubmitted(SparkListenerStageSubmitted event) {
        StageInfo info = event.stageInfo();
        stages.computeIfAbsent(info.stageId(), id -> new Stage(info.name(), info.numTasks()));
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
        Stage stage = stages.get(event.stageId());
        TaskInfo task = event.taskInfo();
        if (stage == null) {
            return;
        }
        if (task.successful()) {
            stage.millis.add(task.duration());
        } else {
            stage.failures++;
        }
        stage.began = Math.min(stage.began, task.launchTime());
        stage.ended = Math.max(stage.ended, task.finishTime());
    }

    @Override
    public synchronized void onExecutorRemoved(SparkListenerExecutorRemoved event) {
        lostExecutors++;
    }

    /** In the order in which they were submitted. */
    synchronized List<Stage> stages() {
        return List.copyOf(stages.values());
    }

    synchronized int lostExecutors() {
        return lostExecutors;
    }
}

package heed.ring;

import org.apache.spark.SparkConf;

/** How a ring wants Spark to be set up; what {@code spark-submit} is given stands before it. */
final class RingSettings {
    static SparkConf conf() {
        return new SparkConf()
                .setAppName("heed ring")
                // A tile is fetched fast: a free worker must not wait for the one that holds most.
                .setIfMissing("spark.locality.wait", "0s")
                // Each lost worker counts as a failure of the tasks that it ran.
                .setIfMissing("spark.task.maxFailures", "32");
    }

    private RingSettings() {}
}

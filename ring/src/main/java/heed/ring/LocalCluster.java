package heed.ring;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;

/**
 * A cluster of real executor processes on this machine. Spark keeps their logs and files under the
 * folder that the environment variable {@code SPARK_HOME} names, which must hold a folder {@code
 * jars}.
 */
final class LocalCluster {
    /**
     * A collector for one processor: to G1 arrays of half a MiB are humongous, and its threads,
     * marking again and again, take as much time as the work.
     */
    private static final String JVM_FLAGS =
            "-XX:+UseSerialGC -Xmn160m --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED"
                    + " --sun-misc-unsafe-memory-access=allow";

    /**
     * @param executors processes
     * @param cores tasks that each runs at a time
     * @param megabytes heap of each
     */
    static SparkConf conf(int executors, int cores, int megabytes) {
        String classPath =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .collect(Collectors.joining(File.pathSeparator));
        return RingSettings.conf()
                .setMaster("local-cluster[%d,%d,%d]".formatted(executors, cores, megabytes))
                .set("spark.executor.memory", megabytes + "m")
                .set("spark.executor.extraClassPath", classPath)
                .set("spark.executor.extraJavaOptions", JVM_FLAGS)
                .set("spark.executorEnv.JAVA_HOME", System.getProperty("java.home"))
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.shuffle.io.retryWait", "1s")
                .set("spark.ui.enabled", "false");
    }

    private LocalCluster() {}
}

package heed.microscope.cost;

import heed.microscope.QuestionException;
import java.util.OptionalInt;

/**
 * What one layer costs as ring attention on several workers, each of which is like this machine.
 *
 * <p>The sequence is dealt out to {@value #PARTS_PER_THREAD} parts for every thread. A worker
 * stores its share of keys and values; a part that runs keeps its queries and the float64 sums of
 * its outputs, and pulls all keys and values that it sees: under a causal mask about three quarters
 * of them, since it holds a late chunk and an early one. What other workers store comes over the
 * network while the worker works on what came before.
 *
 * @param cost of the layer on one machine
 * @param speed of this machine
 * @param workers p
 * @param bytesPerSecond what the network brings to a worker
 */
public record ClusterCost(
        AttentionCost cost, EngineSpeed speed, int workers, double bytesPerSecond) {
    /** As many as {@code heed ring} has without {@code --parts}. */
    private static final int PARTS_PER_THREAD = 4;

    /** Tiles that a task holds: one that it works on and the next, as they came and as floats. */
    private static final double TILE_BYTES = 4 * (8 << 20);

    /** What starting the stages of a job takes. */
    private static final double START_SECONDS = 3;

    /** The time of a ring over that of the engine alone, as docs/performance.md has it. */
    private static final double OVERHEAD = 1.2;

    private static final double CAUSAL_SHARE = 0.75;

    /** Columns of a query, and of the sums of its output, which are twice as wide. */
    private static final int QUERY_AND_SUMS = 3;

    private static final int MOST_WORKERS = 10_000;

    public ClusterCost {
        check(workers, bytesPerSecond);
    }

    /**
     * Checks what a user asked for.
     *
     * @throws QuestionException if there is no worker, or no network
     */
    public static void check(int workers, double bytesPerSecond) {
        if (workers < 1 || workers > MOST_WORKERS) {
            throw new QuestionException(
                    "--workers must be 1 to %d, not %d".formatted(MOST_WORKERS, workers));
        }
        if (!(bytesPerSecond > 0) || Double.isInfinite(bytesPerSecond)) {
            throw new QuestionException("--network must be more than 0 Gbit/s");
        }
    }

    /** Memory that a worker needs for data: its tiles, and what its running parts hold. */
    public double bytesOfWorker() {
        ModelShape shape = cost.shape();
        double rowsOfPart = (double) cost.context() / parts();
        double part =
                rowsOfPart * shape.heads() * (QUERY_AND_SUMS * shape.headDim() + 4.0) * Float.BYTES;
        return keyValueBytes() / workers + speed.threads() * (part + TILE_BYTES);
    }

    /** What a worker gets from the others in one pass. */
    public double bytesMovedToWorker() {
        double share = cost.shape().causal() ? CAUSAL_SHARE : 1;
        return PARTS_PER_THREAD
                * (double) speed.threads()
                * share
                * keyValueBytes()
                * (workers - 1)
                / workers;
    }

    /** Time of the layer. */
    public double seconds() {
        return START_SECONDS
                + Math.max(
                        OVERHEAD * speed.layerSeconds(cost) / workers,
                        bytesMovedToWorker() / bytesPerSecond);
    }

    /**
     * The fewest tokens with which two machines take less time than this one without Spark; none
     * where they never do.
     */
    public OptionalInt paysFrom() {
        int low = 0;
        int high = AttentionCost.LONGEST_ARRAY / cost.shape().headDim();
        if (!pays(high)) {
            return OptionalInt.empty();
        }
        while (high - low > 1) {
            int middle = low + (high - low) / 2;
            if (pays(middle)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return OptionalInt.of(high);
    }

    private boolean pays(int tokens) {
        AttentionCost other = new AttentionCost(cost.shape(), tokens);
        return new ClusterCost(other, speed, 2, bytesPerSecond).seconds()
                < speed.layerSeconds(other);
    }

    private int parts() {
        return PARTS_PER_THREAD * speed.threads() * workers;
    }

    private double keyValueBytes() {
        return cost.kvCacheBytesPerLayer().doubleValue();
    }
}

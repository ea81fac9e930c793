package heed.ring;

import org.apache.spark.SparkConf;

/**
 * What the tasks of an executor hold of a sequence at most, beside the tiles that Spark stores and
 * moves to disk where they do not fit: it is checked before any work, since an executor that runs
 * out of memory dies, and Spark would start the next one on the same task.
 */
final class RingMemory {
    private static final long MIB = 1 << 20;

    /** What Spark itself keeps back. */
    private static final long RESERVED = 300 * MIB;

    /** Tiles at hand: one that is worked on and one that was fetched, as bytes and as floats. */
    private static final int TILES = 4;

    private RingMemory() {}

    /**
     * @throws IllegalArgumentException if the tasks that an executor runs at a time do not fit its
     *     heap; the message says how many parts would
     */
    static void check(RingInput input, int parts, boolean backward, SparkConf conf) {
        long available = available(conf);
        long needed = needed(input, parts, backward, conf);
        if (needed <= available) {
            return;
        }
        int enough = parts;
        while (enough < input.tokens() && needed(input, enough, backward, conf) > available) {
            enough = (int) Math.min(input.tokens(), 2L * enough);
        }
        throw new IllegalArgumentException(
                "%,d tokens in %d parts: the tasks of an executor hold %,d MiB, of which it has %,d: give %s"
                        .formatted(
                                input.tokens(),
                                parts,
                                needed / MIB,
                                available / MIB,
                                needed(input, enough, backward, conf) > available
                                        ? "executors more memory"
                                        : "--parts " + enough + ", or executors more memory"));
    }

    private static long available(SparkConf conf) {
        boolean inThisProcess = conf.get("spark.master", "").matches("local(\\[.*)?");
        long heap =
                inThisProcess
                        ? Runtime.getRuntime().maxMemory()
                        : conf.getSizeAsBytes("spark.executor.memory", "1g");
        return Math.max(0, heap - RESERVED);
    }

    private static long needed(RingInput input, int parts, boolean backward, SparkConf conf) {
        int tasks =
                Math.max(
                        1,
                        conf.getInt("spark.executor.cores", 1) / conf.getInt("spark.task.cpus", 1));
        long d = input.q().columns();
        long dv = input.v().columns();
        // Forward: q and the float64 sums. Backward: q, out and its gradient, dq and its float64
        // sum, and the dq of a tile.
        long ofRow =
                backward
                        ? (d + 2 * dv) * Float.BYTES + d * (Double.BYTES + 2 * Float.BYTES)
                        : d * Float.BYTES + dv * Double.BYTES + 2 * Double.BYTES;
        long rows = (input.tokens() + parts - 1L) / parts;
        return tasks * (rows * input.q().heads() * ofRow + TILES * (long) RingAttention.TILE_BYTES);
    }
}

package heed.app.bench;

import heed.app.terminal.BadInputException;
import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.Heads;
import heed.microscope.cost.AttentionCost;
import heed.microscope.cost.LayerRun;
import heed.microscope.cost.ModelShape;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Attention over n tokens, the naive way and in tiles, for several n.
 *
 * @param shape of one layer
 * @param threads that both run on
 * @param runs timed runs of each, of which the median counts
 */
record Benchmark(ModelShape shape, int threads, int runs) {
    /** Outputs may differ by no more: the naive sums of many terms are in single precision. */
    private static final double TOLERANCE = 5e-4;

    /** The share of the heap that the naive scores may fill. */
    private static final double HEAP_SHARE = 0.5;

    /** A naive run that is expected to take longer is left out. */
    private static final double LONGEST_NAIVE_SECONDS = 20;

    private static final int WARM_UP_TOKENS = 512;
    private static final long WARM_UP_NANOS = 2_000_000_000;
    private static final double SHORTEST_SECONDS = 0.05;

    /**
     * What came out for one length.
     *
     * @param tokens n
     * @param naiveSeconds median, if the naive way was run
     * @param naiveBytes what it keeps beside inputs and output
     * @param tiledSeconds median
     * @param tiledBytes what tiles need beside inputs and output
     * @param gflops 10⁹ operations a second, in tiles
     * @param difference the largest between the two outputs, if the naive way was run
     */
    record Row(
            int tokens,
            OptionalDouble naiveSeconds,
            long naiveBytes,
            double tiledSeconds,
            long tiledBytes,
            double gflops,
            OptionalDouble difference) {

        /** Naive time ÷ tiled time. */
        OptionalDouble speedup() {
            return naiveSeconds.isPresent()
                    ? OptionalDouble.of(naiveSeconds.getAsDouble() / tiledSeconds)
                    : OptionalDouble.empty();
        }
    }

    /** Runs both ways until they are compiled. */
    void warmUp() {
        AttentionInput small = input(WARM_UP_TOKENS);
        Attention.warmUp();
        long end = System.nanoTime() + WARM_UP_NANOS;
        do {
            Attention.forward(small, threads);
            NaiveAttention.forward(small, shape.causal(), threads);
        } while (System.nanoTime() < end);
    }

    /**
     * Runs one length.
     *
     * @param earlier the rows of shorter lengths, which tell whether the naive way would take too
     *     long
     * @throws BadInputException if the operands do not fit the heap
     * @throws IllegalStateException if the outputs differ
     */
    Row run(int tokens, List<Row> earlier) {
        try {
            AttentionInput input = input(tokens);
            Heads[] tiled = new Heads[1];
            double tiledSeconds = median(() -> tiled[0] = Attention.forward(input, threads).out());
            AttentionCost cost = new AttentionCost(shape, tokens);
            double gflops = cost.perLayer(cost.flopsPerHead()).doubleValue() / tiledSeconds / 1e9;
            long naiveBytes = NaiveAttention.bytes(tokens, Math.min(threads, shape.heads()));
            long tiledBytes = cost.panelBytes(threads);
            if (!naiveFits(tokens, naiveBytes, earlier)) {
                return new Row(
                        tokens,
                        OptionalDouble.empty(),
                        naiveBytes,
                        tiledSeconds,
                        tiledBytes,
                        gflops,
                        OptionalDouble.empty());
            }
            Heads[] naive = new Heads[1];
            double naiveSeconds =
                    median(() -> naive[0] = NaiveAttention.forward(input, shape.causal(), threads));
            double difference = difference(naive[0].data(), tiled[0].data());
            if (!(difference <= TOLERANCE)) {
                throw new IllegalStateException(
                        "at %d tokens the two outputs differ by %.2g, more than %.0g"
                                .formatted(tokens, difference, TOLERANCE));
            }
            return new Row(
                    tokens,
                    OptionalDouble.of(naiveSeconds),
                    naiveBytes,
                    tiledSeconds,
                    tiledBytes,
                    gflops,
                    OptionalDouble.of(difference));
        } catch (OutOfMemoryError e) {
            throw new BadInputException(
                    "%d tokens do not fit the heap of %.1f GB: HEED_JAVA_OPTS=-Xmx… gives more, or take a smaller --to"
                            .formatted(tokens, Runtime.getRuntime().maxMemory() / 1e9),
                    e);
        }
    }

    private AttentionInput input(int tokens) {
        return LayerRun.input(shape, shape.heads(), shape.kvHeads(), tokens);
    }

    private static boolean naiveFits(int tokens, long bytes, List<Row> earlier) {
        if (bytes > HEAP_SHARE * Runtime.getRuntime().maxMemory()) {
            return false;
        }
        OptionalDouble expected = OptionalDouble.of(0);
        for (Row row : earlier) {
            double longer = (double) tokens / row.tokens();
            expected =
                    row.naiveSeconds().isPresent()
                            ? OptionalDouble.of(row.naiveSeconds().getAsDouble() * longer * longer)
                            : OptionalDouble.empty();
        }
        return expected.isPresent() && expected.getAsDouble() <= LONGEST_NAIVE_SECONDS;
    }

    /** Seconds of a run: one for the caches, then the median of the timed ones. */
    private double median(Runnable body) {
        List<Double> times = new ArrayList<>();
        double first = seconds(body);
        int repeats = (int) Math.clamp(SHORTEST_SECONDS / first, 1, 100);
        for (int run = 0; run < runs; run++) {
            times.add(
                    seconds(
                                    () -> {
                                        for (int i = 0; i < repeats; i++) {
                                            body.run();
                                        }
                                    })
                            / repeats);
        }
        times.sort(null);
        return times.get(times.size() / 2);
    }

    private static double seconds(Runnable body) {
        long start = System.nanoTime();
        body.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static double difference(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs((double) a[i] - b[i]);
            if (!(difference <= largest)) {
                largest = difference;
            }
        }
        return largest;
    }
}

package heed.microscope.map;

import heed.attention.AttentionWeights;
import heed.attention.AttentionWeights.KeyRange;
import heed.microscope.Listener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Fills a pyramid: first from every 32nd query, so that there is something to see soon, then from
 * all. Weights are recomputed a block of queries at a time. Memory: a strip's finest rows a thread.
 *
 * <p>Where log-sum-exps are not known, a row is read relative to that of the sampled query beside
 * it, and what it then adds up to makes it whole: so each score is made once.
 */
final class MapPass {
    private static final int CELL = 1 << MapPyramid.BASE;

    /** Queries of a block, as many as the kernel takes at a time. */
    private static final int BLOCK = 64;

    /** Sums from here to its inverse leave room enough to either side in single precision. */
    private static final double LEAST_SUM = 1e-15;

    private static final String SAMPLE = "a sample of the map";
    private static final String MAP = "the map";

    private final MapScores scores;
    private final MapPyramid pyramid;
    private final RowPeaks peaks;

    /** The log-sum-exp of the sampled query of each row of cells. */
    private final float[] references;

    private final BooleanSupplier ended;

    /**
     * @param peaks gets those of all queries
     * @param ended whether nobody wants the rest
     */
    MapPass(MapScores scores, MapPyramid pyramid, RowPeaks peaks, BooleanSupplier ended) {
        this.scores = scores;
        this.pyramid = pyramid;
        this.peaks = peaks;
        this.references = new float[columns(scores.queries())];
        this.ended = ended;
    }

    /** Runs both passes, on so many threads. */
    void run(int threads, Listener listener) throws InterruptedException {
        try (ExecutorService team = Executors.newFixedThreadPool(threads, MapPass::thread)) {
            forEachStrip(team, threads, SAMPLE, listener, this::sample);
            forEachStrip(team, threads, MAP, listener, this::read);
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "heed-map");
        thread.setDaemon(true);
        return thread;
    }

    private void forEachStrip(
            ExecutorService team, int threads, String what, Listener listener, IntConsumer strip)
            throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        Callable<Void> worker =
                () -> {
                    for (int s = next.getAndIncrement();
                            s < pyramid.strips() && !ended.getAsBoolean();
                            s = next.getAndIncrement()) {
                        strip.accept(s);
                        listener.done(what, done.incrementAndGet(), pyramid.strips());
                    }
                    return null;
                };
        List<Callable<Void>> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(worker);
        }
        for (Future<Void> future : team.invokeAll(workers)) {
            try {
                future.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    private void sample(int strip) {
        int first = strip * pyramid.stripQueries() + CELL / 2;
        int end = Math.min((strip + 1) * pyramid.stripQueries(), scores.queries());
        MapRows rows = rowsOf(strip);
        Block block = new Block();
        for (int query = first; query < end; query += BLOCK * CELL) {
            int count = Math.min(BLOCK, Math.ceilDiv(end - query, CELL));
            AttentionWeights weights = scores.sample(query, CELL, count);
            int columns = block.read(weights, 0, count);
            for (int i = 0; i < count; i++) {
                int row = (query - first) / CELL + i;
                rows.add(row, block.largest[i], block.sums[i], columns);
                references[query / CELL + i] = weights.lse()[scores.head() * count + i];
            }
        }
        pyramid.put(strip, rows, false);
    }

    private void read(int strip) {
        int first = strip * pyramid.stripQueries();
        int end = Math.min(first + pyramid.stripQueries(), scores.queries());
        MapRows rows = rowsOf(strip);
        Block block = new Block();
        float[] lse = new float[end - first];
        for (int query = first; query < end; query += BLOCK) {
            int count = Math.min(BLOCK, end - query);
            int columns =
                    scores.isKnown(query)
                            ? block.read(scores.of(query, count), query, count)
                            : block.readRelative(query, count, lse, query - first);
            for (int i = 0; i < count; i++) {
                int row = (query + i - first) / CELL;
                rows.add(row, block.largest[i], block.sums[i], columns);
                peaks.set(
                        query + i,
                        largest(block.largest[i], columns),
                        scores.seen(query + i, block.reach));
            }
        }
        scores.learn(first, lse);
        pyramid.put(strip, rows, true);
    }

    private MapRows rowsOf(int strip) {
        int first = strip * pyramid.stripQueries();
        int end = Math.min(first + pyramid.stripQueries(), scores.queries());
        return MapRows.of(Math.ceilDiv(end - first, CELL), columns(scores.keys()));
    }

    private static int columns(int keys) {
        return Math.ceilDiv(keys, CELL);
    }

    private static float largest(float[] values, int count) {
        float largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, values[i]);
        }
        return largest;
    }

    /** {@code [BLOCK][columns]}: of each query's groups of keys the largest weight and the sum. */
    private final class Block {
        private final float[][] largest = new float[BLOCK][columns(scores.keys())];
        private final float[][] sums = new float[BLOCK][columns(scores.keys())];

        private KeyRange reach = new KeyRange(0, 0);

        /** Reads some queries, and returns how many columns there are of what they see. */
        int read(AttentionWeights weights, int query, int count) {
            reach = weights.reach(scores.head(), query, count);
            int keys = reach.end();
            weights.groups(scores.head(), query, count, 0, keys, CELL, largest, sums);
            return columns(keys);
        }

        /**
         * Reads some queries whose log-sum-exps are not known: relative to those of the queries
         * beside them that are, or, where these are too far from theirs, once more.
         *
         * @param lse gets their log-sum-exps from {@code at} on
         */
        int readRelative(int query, int count, float[] lse, int at) {
            float[] near = new float[count];
            for (int i = 0; i < count; i++) {
                float reference = references[(query + i) / CELL];
                near[i] = Float.isFinite(reference) ? reference : 0;
            }
            int columns = read(scores.relative(query, near), 0, count);
            for (int i = 0; i < count; i++) {
                double sum = 0;
                for (int c = 0; c < columns; c++) {
                    sum += sums[i][c];
                }
                if (!(sum > LEAST_SUM && sum < 1 / LEAST_SUM)) {
                    return read(scores.of(query, count), query, count);
                }
                lse[at + i] = (float) (near[i] + Math.log(sum));
                scale(largest[i], columns, (float) (1 / sum));
                scale(sums[i], columns, (float) (1 / sum));
            }
            return columns;
        }

        private void scale(float[] values, int count, float factor) {
            for (int i = 0; i < count; i++) {
                values[i] *= factor;
            }
        }
    }
}

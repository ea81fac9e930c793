package heed.bench;

import static heed.simd.Lanes.FLOATS;

import java.util.TreeMap;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * What this machine can do at best, measured: multiply-adds from registers, and reading from
 * memory. Processors that call themselves alike differ by a factor of two, so that a figure says
 * little without its limit from the same run.
 *
 * <p>A neighbour can only lower what is measured: the largest of all measurements counts.
 */
final class MachineLimits {
    private static final int ACCUMULATORS = 12;
    private static final int ITERATIONS = 600_000;
    private static final int BIG = 1 << 26;
    private static final int REPEATS = 5;
    private static final int REPEATS_OF_READING = 15;

    private final TreeMap<Integer, Double> peak = new TreeMap<>();
    private final TreeMap<Integer, Double> bandwidth = new TreeMap<>();
    private float[] big = new float[0];

    /** Takes what the loops come to, so that they are not left out. */
    private final DoubleAdder sink = new DoubleAdder();

    /** Multiply-adds on so many threads, in GFLOP/s. */
    double peak(int threads) {
        return peak.getOrDefault(threads, 0.0);
    }

    /** Reading on so many threads, in GB/s; 0 if it was not measured. */
    double bandwidth(int threads) {
        return bandwidth.getOrDefault(threads, 0.0);
    }

    /** Measures the peak and keeps it if it is the largest so far. */
    void measurePeak(int threads) {
        double gigaflop =
                2.0 * ACCUMULATORS * FLOATS.length() * (double) ITERATIONS * threads / 1e9;
        for (int i = 0; i < REPEATS; i++) {
            double seconds = seconds(threads, thread -> sink.add(multiplyAdds(ITERATIONS)));
            peak.merge(threads, gigaflop / seconds, Math::max);
        }
    }

    /** Measures reading and keeps it if it is the largest so far. */
    void measureBandwidth(int threads) {
        if (big.length == 0) {
            big = new float[BIG];
        }
        int part = BIG / threads;
        for (int i = 0; i < REPEATS_OF_READING; i++) {
            double seconds =
                    seconds(
                            threads,
                            thread -> sink.add(sum(big, thread * part, thread * part + part)));
            bandwidth.merge(threads, 4.0 * part * threads / 1e9 / seconds, Math::max);
        }
    }

    /** From the moment that all threads stand ready to the end of the last one. */
    private static double seconds(int threads, IntConsumer body) {
        long[] start = new long[1];
        CyclicBarrier ready = new CyclicBarrier(threads, () -> start[0] = System.nanoTime());
        Thread[] others = new Thread[threads - 1];
        for (int i = 0; i < others.length; i++) {
            int thread = i + 1;
            others[i] = Thread.ofPlatform().daemon().start(() -> meet(ready, body, thread));
        }
        meet(ready, body, 0);
        try {
            for (Thread other : others) {
                other.join();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return (System.nanoTime() - start[0]) / 1e9;
    }

    private static void meet(CyclicBarrier ready, IntConsumer body, int thread) {
        try {
            ready.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
        body.accept(thread);
    }

    /** Enough independent sums to hide the latency of a multiply-add on two units. */
    private static float multiplyAdds(int iterations) {
        FloatVector a = FloatVector.broadcast(FLOATS, 0.999f);
        FloatVector b = FloatVector.broadcast(FLOATS, 1e-3f);
        FloatVector c0 = b;
        FloatVector c1 = b;
        FloatVector c2 = b;
        FloatVector c3 = b;
        FloatVector c4 = b;
        FloatVector c5 = b;
        FloatVector c6 = b;
        FloatVector c7 = b;
        FloatVector c8 = b;
        FloatVector c9 = b;
        FloatVector c10 = b;
        FloatVector c11 = b;
        for (int i = 0; i < iterations; i++) {
            c0 = a.fma(b, c0);
            c1 = a.fma(b, c1);
            c2 = a.fma(b, c2);
            c3 = a.fma(b, c3);
            c4 = a.fma(b, c4);
            c5 = a.fma(b, c5);
            c6 = a.fma(b, c6);
            c7 = a.fma(b, c7);
            c8 = a.fma(b, c8);
            c9 = a.fma(b, c9);
            c10 = a.fma(b, c10);
            c11 = a.fma(b, c11);
        }
        FloatVector low = c0.add(c1).add(c2).add(c3).add(c4).add(c5);
        FloatVector high = c6.add(c7).add(c8).add(c9).add(c10).add(c11);
        return low.add(high).reduceLanes(VectorOperators.ADD);
    }

    private static float sum(float[] x, int from, int to) {
        int width = FLOATS.length();
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = from;
        for (; i <= to - 4 * width; i += 4 * width) {
            s0 = s0.add(FloatVector.fromArray(FLOATS, x, i));
            s1 = s1.add(FloatVector.fromArray(FLOATS, x, i + width));
            s2 = s2.add(FloatVector.fromArray(FLOATS, x, i + 2 * width));
            s3 = s3.add(FloatVector.fromArray(FLOATS, x, i + 3 * width));
        }
        float sum = s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
        for (; i < to; i++) {
            sum += x[i];
        }
        return sum;
    }
}

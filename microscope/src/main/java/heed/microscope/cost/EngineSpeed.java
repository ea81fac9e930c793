package heed.microscope.cost;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * How fast attention of a shape runs on this machine.
 *
 * @param threads threads that it ran on
 * @param context tokens of the sequence that was timed
 * @param flopsPerSecond operations of whole tiles ({@link AttentionCost#tileFlopsPerHead()})
 */
public record EngineSpeed(int threads, int context, double flopsPerSecond) {
    private static final double WINDOW_SECONDS = 0.08;

    private static final double SHORTEST_TRIAL_SECONDS = 0.7;

    /** Where the compiler has to wait for a processor. */
    private static final double LONGEST_TRIAL_SECONDS = 8;

    /** Windows without a gain after which the kernels are as fast as they get. */
    private static final int WINDOWS_WITHOUT_GAIN = 4;

    private static final double GAIN = 1.05;

    /** Operations a second that are reached with compiled kernels alone. */
    private static final double COMPILED = 4e9;

    /** A compiler that works longer than this in a window has not finished. */
    private static final long COMPILING_MILLIS = 10;

    private static final double LONGEST_RUN_SECONDS = 0.1;
    private static final int SHORT = 512;
    private static final int LONG = 8192;

    /**
     * Times sequences like the one to be planned, window after window, until they get no faster:
     * short ones on one thread while the kernels are being compiled, then on all threads as long
     * ones as a run of {@value #LONGEST_RUN_SECONDS} s allows. The median of the windows since the
     * last gain counts. This takes about a second where the compiler has a processor to itself.
     */
    public static EngineSpeed measure(AttentionCost planned, int threads) {
        long start = System.nanoTime();
        AttentionCost sample = sample(planned, SHORT);
        double best = 0;
        List<Double> sinceGain = new ArrayList<>();
        boolean settled = false;
        while (!settled && secondsSince(start) < LONGEST_TRIAL_SECONDS) {
            boolean compiled = best >= COMPILED;
            long compiling = compilationMillis();
            double speed = speed(sample, compiled ? threads : 1);
            compiling = compilationMillis() - compiling;
            if (speed > GAIN * best || compiling > COMPILING_MILLIS) {
                sinceGain.clear();
            }
            sinceGain.add(speed);
            best = Math.max(best, speed);
            settled =
                    compiled
                            && sinceGain.size() > WINDOWS_WITHOUT_GAIN
                            && secondsSince(start) >= SHORTEST_TRIAL_SECONDS;
            sample = settled ? sample : longest(planned, best);
        }
        return new EngineSpeed(threads, sample.context(), median(sinceGain));
    }

    /** How long one layer takes at this speed. */
    public double layerSeconds(AttentionCost cost) {
        return flops(cost) / flopsPerSecond;
    }

    /** How long all layers take at this speed. */
    public double modelSeconds(AttentionCost cost) {
        return layerSeconds(cost) * cost.shape().layers();
    }

    /** What the mask leaves to compute, in 10⁹ operations a second. */
    public double gflopsPerSecond(AttentionCost cost) {
        return cost.perLayer(cost.flopsPerHead()).doubleValue() / layerSeconds(cost) / 1e9;
    }

    /** One layer of at most so many tokens, with as many heads as make up for a short sequence. */
    private static AttentionCost sample(AttentionCost planned, int tokens) {
        ModelShape shape = planned.shape();
        int context = Math.min(planned.context(), tokens);
        int heads = Math.clamp(tokens / context, 1, shape.heads());
        return new AttentionCost(
                new ModelShape(
                        shape.name(),
                        1,
                        heads,
                        heads,
                        shape.headDim(),
                        shape.causal(),
                        shape.estimate()),
                context);
    }

    /** The longest sample that does not run too long at this speed. */
    private static AttentionCost longest(AttentionCost planned, double speed) {
        for (int tokens = LONG; tokens > SHORT; tokens /= 2) {
            AttentionCost sample = sample(planned, tokens);
            if (flops(sample) / speed <= LONGEST_RUN_SECONDS) {
                return sample;
            }
        }
        return sample(planned, SHORT);
    }

    /** The speed of a sample in one window. */
    private static double speed(AttentionCost sample, int threads) {
        ModelShape shape = sample.shape();
        AttentionInput input =
                LayerRun.input(shape, shape.heads(), shape.kvHeads(), sample.context());
        List<Double> times = new ArrayList<>();
        long start = System.nanoTime();
        do {
            long runStart = System.nanoTime();
            Attention.forward(input, threads);
            times.add(secondsSince(runStart));
        } while (secondsSince(start) < WINDOW_SECONDS);
        return flops(sample) / median(times);
    }

    /** What compilers have worked since the JVM started; 0 where it does not tell. */
    private static long compilationMillis() {
        CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
        return compilers != null && compilers.isCompilationTimeMonitoringSupported()
                ? compilers.getTotalCompilationTime()
                : 0;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private static double secondsSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e9;
    }

    private static double flops(AttentionCost cost) {
        return cost.perLayer(cost.tileFlopsPerHead()).doubleValue();
    }
}

package heed.bench;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import java.util.List;

/** The first forward pass of a JVM, which is that of cold code. */
final class FirstCall {
    private static final int RUNS = 5;
    private static final Shape SHAPE = Shape.square(ForwardWorks.HEADS, 2048, 64);

    /** Runs in a JVM of its own: prints the milliseconds of one forward pass. */
    public static void main(String[] args) {
        int threads = Integer.parseInt(args[0]);
        if (Boolean.parseBoolean(args[1])) {
            Attention.warmUp();
        }
        Shape.Operands operands = SHAPE.operands();
        long start = System.nanoTime();
        var _ =
                Attention.forward(
                        AttentionInput.of(operands.queries(), operands.keys(), operands.values()),
                        threads);
        System.out.println((System.nanoTime() - start) / 1e6);
    }

    /** Median over several JVMs, in milliseconds; the warm-up does not count. */
    static Race.Finish median(boolean warm, int threads, int runs) {
        int count = runs > 0 ? runs : RUNS;
        double[] millis = new double[count];
        for (int i = 0; i < count; i++) {
            ChildJvm jvm =
                    new ChildJvm(
                                    FirstCall.class,
                                    List.of(String.valueOf(threads), String.valueOf(warm)))
                            .startedByLauncher();
            millis[i] = Double.parseDouble(jvm.output());
        }
        return new Race.Finish(HeedContender.NAME, Race.median(millis), 1, 0, count);
    }

    static Work work(boolean warm) {
        String when = warm ? "first call after the warm-up" : "first call in a fresh JVM";
        return new Work(when + ", n 2048 d 64 full", 0, 0, Work.NOT_EQUAL, threads -> List.of());
    }

    private FirstCall() {}
}

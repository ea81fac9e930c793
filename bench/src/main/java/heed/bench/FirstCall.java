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
        Shape.Operands operands = SHAPE.operands();
        long start = System.nanoTime();
        var _ =
                Attention.forward(
                        AttentionInput.of(operands.queries(), operands.keys(), operands.values()),
                        threads);
        System.out.println((System.nanoTime() - start) / 1e6);
    }

    /** Median over several JVMs, in milliseconds. */
    static Race.Finish median(int threads, int runs) {
        int count = runs > 0 ? runs : RUNS;
        double[] millis = new double[count];
        for (int i = 0; i < count; i++) {
            ChildJvm jvm = new ChildJvm(FirstCall.class, List.of(String.valueOf(threads)));
            millis[i] = Double.parseDouble(jvm.output());
        }
        return new Race.Finish(HeedContender.NAME, Race.median(millis), 1, 0, count);
    }

    static Work work() {
        return new Work(
                "first call in a fresh JVM, n 2048 d 64 full",
                0,
                0,
                Work.NOT_EQUAL,
                threads -> List.of());
    }

    private FirstCall() {}
}

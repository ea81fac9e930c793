package heed.bench;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionOutput;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.Random;

/**
 * Causal attention over 128,000 tokens, 16.4 billion scores a head: its time, what it allocates
 * beside its output, and the error of some rows against double precision, beside that of a naive
 * single-precision version.
 */
final class LongContext {
    private static final int TOKENS = 128_000;
    private static final int COLUMNS = 64;
    private static final int SAMPLED_ROWS = 64;

    /** The engine promises no more than this times the naive version's error. */
    private static final double ERROR_FACTOR = 2;

    /** Heap beside inputs and outputs that the JVM gets: its own classes and strings included. */
    private static final long HEAP_BESIDE = 64_000_000;

    private static final long YOUNG_MEGABYTES = 16;

    /**
     * Runs it once, in a JVM whose heap holds inputs, outputs and 64 MB, and prints what came out.
     *
     * @throws UnequalException if the sampled rows have a larger error than promised
     */
    static void run(int heads, int threads, Report report) {
        Shape shape = Shape.square(heads, TOKENS, COLUMNS);
        long heap = inputsAndOutputs(shape) + HEAP_BESIDE;
        String[] printed =
                new ChildJvm(
                                LongContext.class,
                                List.of(String.valueOf(heads), String.valueOf(threads)))
                        .with("-XX:+UseSerialGC", "-Xmn" + YOUNG_MEGABYTES + "m", "-Xmx" + heap)
                        .output()
                        .split(" ", -1);
        Work work =
                new Work(
                        "forward n %d d %d causal, %d head%s"
                                .formatted(TOKENS, COLUMNS, heads, heads == 1 ? "" : "s"),
                        shape.gigaflop(true),
                        0,
                        Work.NOT_EQUAL,
                        count -> List.of());
        double millis = Double.parseDouble(printed[0]);
        report.add(work, threads, List.of(new Race.Finish(HeedContender.NAME, millis, 1, 0, 1)));
        double error = Double.parseDouble(printed[2]);
        double naiveError = Double.parseDouble(printed[3]);
        report.line(
                "    heap beside inputs and outputs: %.1f MB at most, of the JVM's own too"
                        .formatted(Long.parseLong(printed[1]) / 1e6));
        report.line(
                "    largest error of %d rows against float64: %.2e (naive float32: %.2e)"
                        .formatted(SAMPLED_ROWS, error, naiveError));
        if (!(error <= ERROR_FACTOR * naiveError)) {
            throw new UnequalException(
                    "%d tokens: an error of %.3g, that of naive float32 is %.3g"
                            .formatted(TOKENS, error, naiveError));
        }
    }

    /** Prints milliseconds, bytes of the heap beside inputs and outputs, and both errors. */
    public static void main(String[] args) {
        Shape shape = Shape.square(Integer.parseInt(args[0]), TOKENS, COLUMNS);
        Shape.Operands operands = shape.operands();
        AttentionInput input =
                AttentionInput.of(operands.queries(), operands.keys(), operands.values())
                        .withMask(AttentionMask.causal());
        Attention.warmUp();
        List<MemoryPoolMXBean> heap =
                ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == MemoryType.HEAP)
                        .toList();
        heap.forEach(MemoryPoolMXBean::resetPeakUsage);
        long start = System.nanoTime();
        AttentionOutput output = Attention.forward(input, Integer.parseInt(args[1]));
        double millis = (System.nanoTime() - start) / 1e6;
        long peak = heap.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
        double[] errors = errors(operands, output);
        System.out.printf(
                "%s %d %s %s", millis, peak - inputsAndOutputs(shape), errors[0], errors[1]);
    }

    private static long inputsAndOutputs(Shape shape) {
        return Float.BYTES
                * (2L * shape.querySize() + 2L * shape.keySize() + (long) shape.heads() * TOKENS);
    }

    /** Largest errors over sampled rows: Heed's and the naive version's. */
    private static double[] errors(Shape.Operands operands, AttentionOutput output) {
        Random random = new Random(7);
        double error = 0;
        double naiveError = 0;
        for (int i = 0; i < SAMPLED_ROWS; i++) {
            int head = random.nextInt(operands.shape().heads());
            int row = i == 0 ? TOKENS - 1 : random.nextInt(TOKENS);
            double[] exact = exactRow(operands, head, row);
            float[] naive = naiveRow(operands, head, row);
            for (int c = 0; c < COLUMNS; c++) {
                error = Math.max(error, Math.abs(output.out().get(head, row, c) - exact[c]));
                naiveError = Math.max(naiveError, Math.abs(naive[c] - exact[c]));
            }
        }
        return new double[] {error, naiveError};
    }

    private static double[] exactRow(Shape.Operands operands, int head, int row) {
        int base = head * TOKENS;
        double[] scores = new double[row + 1];
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j <= row; j++) {
            double dot = 0;
            for (int c = 0; c < COLUMNS; c++) {
                dot +=
                        (double) operands.q()[(base + row) * COLUMNS + c]
                                * operands.k()[(base + j) * COLUMNS + c];
            }
            scores[j] = dot / Math.sqrt(COLUMNS);
            max = Math.max(max, scores[j]);
        }
        double sum = 0;
        double[] out = new double[COLUMNS];
        for (int j = 0; j <= row; j++) {
            double weight = Math.exp(scores[j] - max);
            sum += weight;
            for (int c = 0; c < COLUMNS; c++) {
                out[c] += weight * operands.v()[(base + j) * COLUMNS + c];
            }
        }
        for (int c = 0; c < COLUMNS; c++) {
            out[c] /= sum;
        }
        return out;
    }

    private static float[] naiveRow(Shape.Operands operands, int head, int row) {
        int base = head * TOKENS;
        float[] scores = new float[row + 1];
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j <= row; j++) {
            float dot = 0;
            for (int c = 0; c < COLUMNS; c++) {
                dot +=
                        operands.q()[(base + row) * COLUMNS + c]
                                * operands.k()[(base + j) * COLUMNS + c];
            }
            scores[j] = dot / (float) Math.sqrt(COLUMNS);
            max = Math.max(max, scores[j]);
        }
        float sum = 0;
        float[] out = new float[COLUMNS];
        for (int j = 0; j <= row; j++) {
            float weight = (float) Math.exp(scores[j] - max);
            sum += weight;
            for (int c = 0; c < COLUMNS; c++) {
                out[c] += weight * operands.v()[(base + j) * COLUMNS + c];
            }
        }
        for (int c = 0; c < COLUMNS; c++) {
            out[c] /= sum;
        }
        return out;
    }

    private LongContext() {}
}

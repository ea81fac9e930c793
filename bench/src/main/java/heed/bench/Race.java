package heed.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Times the contenders of one work: all must come to the result of the first one; then they run in
 * turn, so that whatever the machine does meets them alike.
 */
final class Race {
    private static final double TIMED_SECONDS = 3;
    private static final int FEWEST_ROUNDS = 5;
    private static final int MOST_ROUNDS = 51;
    private static final double LONG_SECONDS = 10;
    private static final int FEWEST_LONG_ROUNDS = 3;

    /**
     * What came out for one contender.
     *
     * @param name who
     * @param medianMillis median time of a run
     * @param ratio median over the rounds of its time ÷ the first contender's
     * @param difference largest difference from the first contender's result
     * @param rounds number of rounds
     */
    record Finish(String name, double medianMillis, double ratio, double difference, int rounds) {}

    /**
     * Runs it.
     *
     * @param rounds number of rounds, 0 for as many as fit the time
     * @throws UnequalException if results differ by more than the work's tolerance
     */
    static List<Finish> run(Work work, int threads, int rounds) {
        List<Contender> all = work.contenders().open(threads);
        try {
            double[] differences = differences(work, all);
            double[] warm = new double[all.size()];
            for (int i = 0; i < warm.length; i++) {
                warm[i] = warmUp(all.get(i));
            }
            List<Integer> racing = fastestOfEachName(all, warm);
            int count = rounds > 0 ? rounds : rounds(racing, warm);
            double[][] millis = new double[racing.size()][count];
            for (int round = 0; round < count; round++) {
                for (int i = 0; i < racing.size(); i++) {
                    millis[i][round] = millis(all.get(racing.get(i)));
                }
            }
            List<Finish> finishes = new ArrayList<>();
            for (int i = 0; i < racing.size(); i++) {
                finishes.add(
                        new Finish(
                                all.get(racing.get(i)).name(),
                                median(millis[i].clone()),
                                median(ratios(millis[i], millis[0])),
                                differences[racing.get(i)],
                                count));
            }
            return finishes;
        } finally {
            all.forEach(Contender::close);
        }
    }

    /**
     * Compares the contenders without timing them.
     *
     * @throws UnequalException if results differ by more than the work's tolerance
     */
    static void checkEqual(Work work) {
        List<Contender> all = work.contenders().open(1);
        try {
            var _ = differences(work, all);
        } finally {
            all.forEach(Contender::close);
        }
    }

    private static double[] differences(Work work, List<Contender> contenders) {
        double[] differences = new double[contenders.size()];
        if (!work.equal()) {
            return differences;
        }
        float[] expected = contenders.getFirst().result();
        for (int i = 1; i < differences.length; i++) {
            float[] actual = contenders.get(i).result();
            differences[i] = difference(expected, actual);
            if (!(differences[i] <= work.tolerance())) {
                throw new UnequalException(
                        "%s: %s and %s differ by %.3g, more than %.3g"
                                .formatted(
                                        work.name(),
                                        contenders.getFirst().name(),
                                        contenders.get(i).name(),
                                        differences[i],
                                        work.tolerance()));
            }
        }
        return differences;
    }

    private static double difference(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new UnequalException(
                    "results have %d and %d elements".formatted(a.length, b.length));
        }
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs((double) a[i] - b[i]);
            if (!(difference <= largest)) {
                largest = difference;
            }
        }
        return largest;
    }

    /** Runs until it is warm and returns the fastest run, in milliseconds. */
    private static double warmUp(Contender contender) {
        long end = System.nanoTime() + (long) (contender.warmUpSeconds() * 1e9);
        double fastest = Double.POSITIVE_INFINITY;
        do {
            fastest = Math.min(fastest, millis(contender));
        } while (System.nanoTime() < end);
        return fastest;
    }

    private static List<Integer> fastestOfEachName(List<Contender> contenders, double[] millis) {
        Map<String, Integer> fastest = new LinkedHashMap<>();
        for (int i = 0; i < millis.length; i++) {
            fastest.merge(contenders.get(i).name(), i, (a, b) -> millis[a] <= millis[b] ? a : b);
        }
        return List.copyOf(fastest.values());
    }

    private static int rounds(List<Integer> racing, double[] warm) {
        double round = racing.stream().mapToDouble(i -> warm[i]).sum();
        int fitting = (int) (TIMED_SECONDS * 1e3 / round);
        int fewest = round > LONG_SECONDS * 1e3 ? FEWEST_LONG_ROUNDS : FEWEST_ROUNDS;
        return Math.clamp(fitting, fewest, MOST_ROUNDS) | 1;
    }

    private static double millis(Contender contender) {
        long start = System.nanoTime();
        contender.run();
        return (System.nanoTime() - start) / 1e6;
    }

    private static double[] ratios(double[] millis, double[] ofFirst) {
        double[] ratios = new double[millis.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = millis[i] / ofFirst[i];
        }
        return ratios;
    }

    /** Median; sorts the values. */
    static double median(double... values) {
        Arrays.sort(values);
        int half = values.length / 2;
        return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }

    private Race() {}
}

package heed.transformer.generate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Chooses the next token by its logits: the best one at temperature 0, else one at random, from
 * those that the limits leave. The order is that of {@code transformers}: repetition penalty,
 * temperature, top-k, top-p, min-p.
 */
public final class Sampler {
    private final Settings settings;
    private final Random random;

    /**
     * How to choose.
     *
     * @param temperature what logits are divided by; 0 for always the best
     * @param topK how many of the best are left; 0 for all
     * @param topP the best are left whose probabilities just reach this sum (Holtzman et al. 2020)
     * @param minP those are left whose probability is at least this share of the best one's
     * @param repetitionPenalty what positive logits of tokens that were there before are divided
     *     by, and negative ones multiplied by (Keskar et al. 2019); 1 for none
     * @param seed of the random choices
     */
    public record Settings(
            double temperature,
            int topK,
            double topP,
            double minP,
            double repetitionPenalty,
            long seed) {
        /** Always the best token. */
        public static final Settings GREEDY = new Settings(0, 0, 1, 0, 1, 0);

        /**
         * @throws IllegalArgumentException if a number is out of its range
         */
        public Settings {
            check(temperature >= 0 && Double.isFinite(temperature), "a temperature", temperature);
            check(topK >= 0, "a top-k", topK);
            check(topP > 0 && topP <= 1, "a top-p", topP);
            check(minP >= 0 && minP <= 1, "a min-p", minP);
            check(
                    repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                    "a repetition penalty",
                    repetitionPenalty);
        }

        private static void check(boolean good, String what, double value) {
            if (!good) {
                throw new IllegalArgumentException("%s cannot be %s".formatted(what, value));
            }
        }
    }

    public Sampler(Settings settings) {
        this.settings = settings;
        this.random = new Random(settings.seed());
    }

    /**
     * The next token.
     *
     * @param logits of all tokens; left alone
     * @param before tokens that were there before
     */
    public int next(float[] logits, int[] before) {
        double[] scores = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            scores[i] = logits[i];
        }
        for (int token : Arrays.stream(before).distinct().toArray()) {
            scores[token] =
                    scores[token] > 0
                            ? scores[token] / settings.repetitionPenalty()
                            : scores[token] * settings.repetitionPenalty();
        }
        if (settings.temperature() == 0) {
            return best(scores);
        }
        return draw(scores);
    }

    private static int best(double[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    private int draw(double[] scores) {
        int[] order =
                IntStream.range(0, scores.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        int count = settings.topK() == 0 ? order.length : Math.min(settings.topK(), order.length);
        double[] weights = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            double lower = scores[order[i]] - scores[order[0]];
            weights[i] = Math.exp(lower / settings.temperature());
            sum += weights[i];
        }
        int left = 0;
        double kept = 0;
        while (left < count
                && kept < settings.topP() * sum
                && weights[left] >= settings.minP() * weights[0]) {
            kept += weights[left++];
        }
        double point = random.nextDouble() * kept;
        for (int i = 0; i < left; i++) {
            point -= weights[i];
            if (point < 0) {
                return order[i];
            }
        }
        return order[left - 1];
    }
}

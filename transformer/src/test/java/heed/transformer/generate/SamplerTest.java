package heed.transformer.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import heed.transformer.generate.Sampler.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SamplerTest {
    private static final float[] LOGITS = {1, 3, 2, -1, 2.5f};
    private static final int[] NOTHING = {};
    private static final int DRAWS = 20_000;

    @Test
    void takesTheBestAtTemperatureZero() {
        assertThat(new Sampler(Settings.GREEDY).next(LOGITS, NOTHING)).isEqualTo(1);
    }

    @Test
    void drawsByTheOddsOfTheModel() {
        assertOdds(new Settings(1, 0, 1, 0, 1, 3), NOTHING, softmax(LOGITS, 1));
        assertOdds(new Settings(2, 0, 1, 0, 1, 3), NOTHING, softmax(LOGITS, 2));
    }

    @Test
    void leavesTheBestAlone() {
        float none = Float.NEGATIVE_INFINITY;
        float[] three = {none, 3, 2, none, 2.5f};
        float[] two = {none, 3, none, none, 2.5f};
        assertOdds(new Settings(1, 3, 1, 0, 1, 5), NOTHING, softmax(three, 1));
        // Odds are .46, .28, .17, …: two do not reach .8, three do.
        assertOdds(new Settings(1, 0, 0.8, 0, 1, 5), NOTHING, softmax(three, 1));
        assertOdds(new Settings(1, 0, 0.7, 0, 1, 5), NOTHING, softmax(two, 1));
        // e^−0.5 is .61, e^−1 is .37.
        assertOdds(new Settings(1, 0, 1, 0.5, 1, 5), NOTHING, softmax(two, 1));
        assertOdds(new Settings(1, 0, 1, 0.3, 1, 5), NOTHING, softmax(three, 1));
    }

    @Test
    void penalisesWhatWasThereBefore() {
        float[] penalised = {1, 1.5f, 2, -2, 2.5f};
        assertThat(new Sampler(new Settings(0, 0, 1, 0, 2, 0)).next(LOGITS, new int[] {1, 3, 1}))
                .isEqualTo(4);
        assertOdds(new Settings(1, 0, 1, 0, 2, 7), new int[] {1, 3, 1}, softmax(penalised, 1));
    }

    @Test
    void theSeedMakesTheChoices() {
        Settings settings = new Settings(1, 0, 1, 0, 1, 42);
        Sampler a = new Sampler(settings);
        Sampler b = new Sampler(settings);
        for (int i = 0; i < 50; i++) {
            assertThat(a.next(LOGITS, NOTHING)).isEqualTo(b.next(LOGITS, NOTHING));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 0, 1, 0, 1, a temperature cannot be -1.0",
        "NaN, 0, 1, 0, 1, a temperature cannot be NaN",
        "1, -1, 1, 0, 1, a top-k cannot be -1.0",
        "1, 0, 0, 0, 1, a top-p cannot be 0.0",
        "1, 0, 1, 1.5, 1, a min-p cannot be 1.5",
        "1, 0, 1, 0, 0, a repetition penalty cannot be 0.0"
    })
    void refusesWhatIsOutOfRange(
            double temperature, int topK, double topP, double minP, double penalty, String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(temperature, topK, topP, minP, penalty, 0))
                .withMessage(text);
    }

    private static void assertOdds(Settings settings, int[] before, double[] odds) {
        Sampler sampler = new Sampler(settings);
        int[] counts = new int[LOGITS.length];
        for (int i = 0; i < DRAWS; i++) {
            counts[sampler.next(LOGITS, before)]++;
        }
        for (int i = 0; i < counts.length; i++) {
            double deviation = Math.sqrt(odds[i] * (1 - odds[i]) / DRAWS);
            assertThat(Math.abs(counts[i] / (double) DRAWS - odds[i]))
                    .isLessThanOrEqualTo(4.5 * deviation);
        }
    }

    private static double[] softmax(float[] logits, double temperature) {
        double[] odds = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < odds.length; i++) {
            odds[i] = Math.exp(logits[i] / temperature);
            sum += odds[i];
        }
        for (int i = 0; i < odds.length; i++) {
            odds[i] /= sum;
        }
        return odds;
    }
}

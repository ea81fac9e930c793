package heed.transformer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.transformer.layer.Activation;
import heed.transformer.layer.Dropout;
import heed.transformer.layer.Parameter;
import heed.transformer.layer.Parameters;
import heed.transformer.testing.NaiveGpt2;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The backward pass against finite differences of the loss by its definition, in float64. */
class Gpt2GradientTest {
    private static final double STEP = 1e-4;
    private static final int ELEMENTS = 6;

    private static Gpt2.Config config(
            int vocabulary, int positions, int width, int inner, int layers, int heads) {
        return new Gpt2.Config(
                vocabulary, positions, width, inner, layers, heads, 1e-5, Activation.GELU_TANH);
    }

    private static Parameters random(Gpt2.Config config, boolean tied) {
        Parameters parameters = Parameters.zeros(Gpt2.shapes(config, tied));
        Random random = new Random(7);
        for (Parameter parameter : parameters.all()) {
            boolean norm = parameter.name().matches(".*ln_.*weight");
            for (int i = 0; i < parameter.value().length; i++) {
                parameter.value()[i] = (float) ((norm ? 1 : 0) + 0.3 * random.nextGaussian());
            }
        }
        return parameters;
    }

    private static TokenBatch batch(Gpt2.Config config, int sequences, int length) {
        Random random = new Random(8);
        int tokens = sequences * length;
        return new TokenBatch(
                sequences,
                length,
                random.ints(tokens, 0, config.vocabulary()).toArray(),
                random.ints(tokens, 0, config.vocabulary()).toArray());
    }

    /** Sizes that no vector, panel or tile divides; a context of several tiles; attention alone. */
    @ParameterizedTest
    @CsvSource({
        "37, 13, 36, 40, 2, 3, 3, 13, true",
        "11, 97, 10, 24, 1, 2, 2, 97, true",
        "5, 140, 12, 0, 2, 2, 1, 130, true",
        "65, 8, 66, 70, 1, 1, 2, 1, false",
        "3, 4, 1, 1, 3, 1, 2, 3, false"
    })
    void everyGradientIsThatOfTheDefinition(
            int vocabulary,
            int positions,
            int width,
            int inner,
            int layers,
            int heads,
            int sequences,
            int length,
            boolean tied) {
        Gpt2.Config config = config(vocabulary, positions, width, inner, layers, heads);
        Parameters parameters = random(config, tied);
        TokenBatch batch = batch(config, sequences, length);
        Gpt2 model = Gpt2.trained(config, parameters);
        double loss = model.new TrainingPass(sequences, length).gradients(batch, 1, Dropout.none());
        NaiveGpt2 naive = new NaiveGpt2(config, parameters);
        double expected = naive.loss(batch);
        assertThat(loss).isCloseTo(expected, within(1e-5 * expected));
        Random random = new Random(9);
        for (Parameter parameter : parameters.all()) {
            double scale = norm(parameter.gradient()) / Math.sqrt(parameter.gradient().length);
            double[] value = naive.value(parameter.name());
            for (int k = 0; k < ELEMENTS; k++) {
                int i = random.nextInt(value.length);
                double slope = slope(naive, batch, value, i);
                assertThat((double) parameter.gradient()[i])
                        .as("%s[%d]", parameter.name(), i)
                        .isCloseTo(slope, within(1e-4 * Math.abs(slope) + 1e-4 * scale + 2e-5));
            }
        }
    }

    /** A difference of the fourth order. */
    private static double slope(NaiveGpt2 naive, TokenBatch batch, double[] value, int i) {
        double before = value[i];
        double sum = 0;
        double[] factors = {1 / 12.0, -2 / 3.0, 0, 2 / 3.0, -1 / 12.0};
        for (int k = -2; k <= 2; k++) {
            if (k != 0) {
                value[i] = before + k * STEP;
                sum += factors[k + 2] * naive.loss(batch);
            }
        }
        value[i] = before;
        return sum / STEP;
    }

    private static double norm(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }

    /** What was dropped in the forward pass is what the backward pass takes to be dropped. */
    @Test
    void gradientsWithDropoutAreThoseOfTheLossWithDropout() {
        Gpt2.Config config = config(19, 70, 24, 40, 2, 3);
        Parameters parameters = random(config, true);
        TokenBatch batch = batch(config, 3, 70);
        Gpt2 model = Gpt2.trained(config, parameters);
        Gpt2.TrainingPass pass = model.new TrainingPass(3, 70);
        Dropout dropout = new Dropout(0.3, 5);
        pass.gradients(batch, 1, dropout);
        Random random = new Random(10);
        Map<Parameter, float[]> gradients = new LinkedHashMap<>();
        parameters.all().forEach(p -> gradients.put(p, p.gradient().clone()));
        gradients.forEach(
                (parameter, gradient) -> {
                    float[] value = parameter.value();
                    float[] before = value.clone();
                    float[] direction = new float[value.length];
                    double expected = 0;
                    for (int i = 0; i < value.length; i++) {
                        // Mostly uphill, so that the sum is not one of small numbers that cancel.
                        direction[i] = Math.signum(gradient[i]) * random.nextFloat();
                        expected += (double) gradient[i] * direction[i];
                    }
                    double step = 0.02 / Math.max(1e-3, norm(direction));
                    double[] losses = new double[2];
                    for (int side = 0; side < 2; side++) {
                        for (int i = 0; i < value.length; i++) {
                            value[i] =
                                    (float) (before[i] + (side == 0 ? -step : step) * direction[i]);
                        }
                        parameter.changed();
                        losses[side] = pass.gradients(batch, 1, dropout);
                    }
                    System.arraycopy(before, 0, value, 0, value.length);
                    parameter.changed();
                    assertThat((losses[1] - losses[0]) / (2 * step))
                            .as(parameter.name())
                            .isCloseTo(expected, within(0.02 * expected + 0.05));
                });
    }

    @Test
    void gradientsOfPartsAddUp() {
        Gpt2.Config config = config(19, 20, 24, 40, 2, 3);
        Parameters whole = random(config, true);
        Parameters parts = random(config, true);
        TokenBatch batch = batch(config, 4, 20);
        double loss =
                Gpt2.trained(config, whole).new TrainingPass(4, 20)
                        .gradients(batch, 1, Dropout.none());
        Gpt2.TrainingPass pass = Gpt2.trained(config, parts).new TrainingPass(1, 20);
        double sum = 0;
        for (int s = 0; s < 4; s++) {
            TokenBatch one =
                    new TokenBatch(
                            1,
                            20,
                            java.util.Arrays.copyOfRange(batch.inputs(), s * 20, (s + 1) * 20),
                            java.util.Arrays.copyOfRange(batch.targets(), s * 20, (s + 1) * 20));
            sum += pass.gradients(one, 1, Dropout.none());
        }
        assertThat(sum).isCloseTo(loss, within(1e-5 * loss));
        var other = parts.all().iterator();
        for (Parameter parameter : whole.all()) {
            float[] actual = other.next().gradient();
            double difference = 0;
            for (int i = 0; i < actual.length; i++) {
                difference = Math.max(difference, Math.abs(actual[i] - parameter.gradient()[i]));
            }
            assertThat(difference)
                    .as(parameter.name())
                    .isLessThan(1e-5 * Math.max(1, norm(parameter.gradient())));
        }
    }

    /** The model that is learnt is the one that reads and generates. */
    @Test
    void theLossIsThatOfTheLogits() {
        Gpt2.Config config = config(19, 20, 24, 40, 2, 3);
        Parameters parameters = random(config, true);
        Gpt2 model = Gpt2.trained(config, parameters);
        TokenBatch batch = batch(config, 1, 20);
        float[] logits =
                model.logits(
                        model.forward(
                                batch.inputs(),
                                model.newCaches(),
                                heed.transformer.layer.AttentionProbe.none()));
        double sum = 0;
        for (int i = 0; i < 20; i++) {
            double total = 0;
            for (int t = 0; t < 19; t++) {
                total += Math.exp(logits[i * 19 + t]);
            }
            sum += Math.log(total) - logits[i * 19 + batch.targets()[i]];
        }
        double loss = model.new TrainingPass(1, 20).loss(batch);
        assertThat(loss).isCloseTo(sum, within(1e-5 * sum));
    }

    @Test
    void whatIsTooLargeOrNotLearntIsRefused() {
        Gpt2.Config config = config(19, 20, 24, 40, 1, 3);
        Gpt2 model = Gpt2.trained(config, random(config, true));
        Gpt2.TrainingPass pass = model.new TrainingPass(1, 20);
        assertThatThrownBy(() -> pass.loss(batch(config, 2, 20)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "a batch of 2 sequences of 20 tokens for a pass over 1 sequences, 20 tokens");
        assertThatThrownBy(() -> Gpt2.trained(config(18, 20, 24, 40, 1, 3), random(config, true)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("parameter transformer.wte.weight has shape [19, 24], not [18, 24]");
    }
}

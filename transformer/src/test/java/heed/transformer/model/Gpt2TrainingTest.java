package heed.transformer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Activation;
import heed.transformer.layer.Dropout;
import heed.transformer.layer.Parameter;
import heed.transformer.layer.Parameters;
import heed.transformer.testing.GoldenModel;
import heed.transformer.testing.GoldenTraining;
import heed.transformer.train.AdamW;
import heed.transformer.train.LearningRateSchedule;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The backward pass and the optimizer against PyTorch: see {@code golden/make_training.py}. */
class Gpt2TrainingTest {
    private static final Gpt2.Config CONFIG =
            new Gpt2.Config(300, 48, 32, 48, 2, 4, 1e-5, Activation.GELU_TANH);

    private final GoldenTraining golden = GoldenTraining.open();
    private final Parameters parameters = parameters();
    private final Gpt2 model = Gpt2.trained(CONFIG, parameters);
    private final Gpt2.TrainingPass pass = model.new TrainingPass(3, 40);

    private static Parameters parameters() {
        Parameters parameters = Parameters.zeros(Gpt2.shapes(CONFIG, true));
        Weights weights = GoldenModel.open("gpt2").weights();
        for (Parameter parameter : parameters.all()) {
            float[] values = GoldenTraining.floats(weights, parameter.name(), parameter.shape());
            System.arraycopy(values, 0, parameter.value(), 0, values.length);
        }
        return parameters;
    }

    @Test
    void everyGradientIsThatOfPyTorch() {
        TokenBatch batch = golden.batch();
        double loss = pass.gradients(batch, 1f / batch.tokens(), Dropout.none()) / batch.tokens();
        assertThat(loss).isCloseTo(golden.number("loss"), within(2e-6));
        for (Parameter parameter : parameters.all()) {
            float[] expected =
                    GoldenTraining.floats(golden.gradients(), parameter.name(), parameter.shape());
            assertThat(difference(parameter.gradient(), expected))
                    .as(parameter.name())
                    .isLessThan(1e-4);
        }
    }

    /** The norm of the difference ÷ that of what is expected. */
    private static double difference(float[] actual, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(actual[i] - (double) expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    @Test
    void tenStepsOfAdamWAreThoseOfPyTorch() {
        JsonNode adamw = golden.json().required("adamw");
        LearningRateSchedule schedule =
                new LearningRateSchedule(
                        adamw.required("maxLearningRate").doubleValue(),
                        adamw.required("minLearningRate").doubleValue(),
                        adamw.required("warmupSteps").intValue(),
                        adamw.required("decaySteps").intValue());
        AdamW optimizer = new AdamW(parameters.all(), new AdamW.Settings(0.9, 0.99, 1e-8, 0.1, 1));
        List<TokenBatch> batches = golden.batches();
        for (int step = 0; step < batches.size(); step++) {
            TokenBatch batch = batches.get(step);
            double loss =
                    pass.gradients(batch, 1f / batch.tokens(), Dropout.none()) / batch.tokens();
            double expected = adamw.required("losses").get(step).doubleValue();
            assertThat(loss).isCloseTo(expected, within(1e-5 * expected));
            assertThat(schedule.at(step))
                    .isCloseTo(
                            adamw.required("learningRates").get(step).doubleValue(), within(1e-15));
            double norm = adamw.required("gradientNorms").get(step).doubleValue();
            assertThat(optimizer.step(schedule.at(step))).isCloseTo(norm, within(1e-4 * norm));
        }
        double expected = adamw.required("finalLoss").doubleValue();
        double loss = pass.loss(batches.getFirst()) / batches.getFirst().tokens();
        assertThat(loss).isCloseTo(expected, within(1e-5 * expected));
    }
}

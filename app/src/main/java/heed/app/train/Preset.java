package heed.app.train;

import heed.transformer.train.AdamW;
import heed.transformer.train.LearningRateSchedule;
import heed.transformer.train.TrainingSettings;
import java.util.Locale;

/** Settings that are known to go well together. */
enum Preset {
    /** The shape that nanoGPT publishes for its character model on a CPU: a minute. */
    SHAKESPEARE_CHAR_SMALL(4, 4, 128, 64, 12, 2000, 3e-3, 0),
    /** The character model that Heed carries with it: under an hour on two processors. */
    SHAKESPEARE_CHAR(6, 6, 192, 128, 32, 5000, 2e-3, 0.1);

    private static final int EVALUATION = 250;
    private static final int WARM_UP = 100;

    final int layers;
    final int heads;
    final int width;
    private final int context;
    private final int batch;
    private final int steps;
    private final double learningRate;
    private final double dropout;

    Preset(
            int layers,
            int heads,
            int width,
            int context,
            int batch,
            int steps,
            double learningRate,
            double dropout) {
        this.layers = layers;
        this.heads = heads;
        this.width = width;
        this.context = context;
        this.batch = batch;
        this.steps = steps;
        this.learningRate = learningRate;
        this.dropout = dropout;
    }

    /** All that does not shape the model: AdamW as nanoGPT has it for characters. */
    TrainingSettings settings() {
        return new TrainingSettings(
                context,
                batch,
                1,
                steps,
                new LearningRateSchedule(learningRate, learningRate / 10, WARM_UP, steps),
                new AdamW.Settings(0.9, 0.99, 1e-8, 0.1, 1),
                dropout,
                EVALUATION,
                0,
                1);
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

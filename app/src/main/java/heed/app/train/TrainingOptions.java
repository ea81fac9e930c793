package heed.app.train;

import heed.transformer.train.AdamW;
import heed.transformer.train.LearningRateSchedule;
import heed.transformer.train.TrainingSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what is trained and how; what is not given, the preset says. */
final class TrainingOptions {
    private static final double LOWEST_SHARE = 0.1;
    private static final int WARM_UP = 100;

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            defaultValue = "shakespeare-char-small",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Preset preset = Preset.SHAKESPEARE_CHAR_SMALL;

    @Option(names = "--layers", paramLabel = "N", description = "Blocks of the model.")
    @Nullable Integer layers;

    @Option(names = "--heads", paramLabel = "N", description = "Attention heads of a block.")
    @Nullable Integer heads;

    @Option(names = "--width", paramLabel = "N", description = "Features of a token.")
    @Nullable Integer width;

    @Option(
            names = "--inner",
            paramLabel = "N",
            description =
                    "Features inside a feed-forward layer (default: 4 times the width); 0 for a model of"
                            + " attention alone.")
    @Nullable Integer inner;

    @Option(names = "--context", paramLabel = "N", description = "Tokens of a sequence.")
    @Nullable Integer context;

    @Option(names = "--batch", paramLabel = "N", description = "Sequences of a step.")
    @Nullable Integer batch;

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Passes that a batch is cut into, so that less memory is taken (default ${DEFAULT-VALUE}).")
    int accumulation = 1;

    @Option(names = "--steps", paramLabel = "N", description = "Steps of the optimizer.")
    @Nullable Integer steps;

    @Option(names = "--lr", paramLabel = "RATE", description = "The highest learning rate.")
    @Nullable Double learningRate;

    @Option(
            names = "--min-lr",
            paramLabel = "RATE",
            description = "The rate at the end of the cosine (default: a tenth of --lr).")
    @Nullable Double lowestRate;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description = "Steps in which the rate rises (default: ${DEFAULT-VALUE}, or all steps if fewer).",
            defaultValue = "" + WARM_UP)
    int warmUp = WARM_UP;

    @Option(
            names = "--weight-decay",
            paramLabel = "X",
            defaultValue = "0.1",
            description = "Of matrices (default ${DEFAULT-VALUE}).")
    double weightDecay = 0.1;

    @Option(
            names = "--beta2",
            paramLabel = "X",
            defaultValue = "0.99",
            description = "Of AdamW (default ${DEFAULT-VALUE}).")
    double beta2 = 0.99;

    @Option(
            names = "--clip",
            paramLabel = "X",
            defaultValue = "1",
            description = "Gradients longer than this are shortened to it (default ${DEFAULT-VALUE}).")
    double clip = 1;

    @Option(names = "--dropout", paramLabel = "P", description = "Probability of dropping.")
    @Nullable Double dropout;

    @Option(
            names = "--eval-every",
            paramLabel = "N",
            description = "Steps from one evaluation and checkpoint to the next.")
    @Nullable Integer evaluation;

    @Option(
            names = "--patience",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Stops after so many evaluations in a row without a better loss (default: never).")
    int patience;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of first weights, batches and dropout (default ${DEFAULT-VALUE}).")
    long seed = 1;

    /**
     * The settings.
     *
     * @throws IllegalArgumentException if they do not fit together
     */
    TrainingSettings settings() {
        int count = or(steps, preset.steps);
        double highest = or(learningRate, preset.learningRate);
        return new TrainingSettings(
                or(context, preset.context),
                or(batch, preset.batch),
                accumulation,
                count,
                new LearningRateSchedule(
                        highest,
                        or(lowestRate, highest * LOWEST_SHARE),
                        Math.min(warmUp, count),
                        count),
                new AdamW.Settings(0.9, beta2, 1e-8, weightDecay, clip),
                or(dropout, preset.dropout),
                or(evaluation, preset.evaluation),
                patience,
                seed);
    }

    static int or(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }

    static double or(@Nullable Double value, double otherwise) {
        return value == null ? otherwise : value;
    }
}

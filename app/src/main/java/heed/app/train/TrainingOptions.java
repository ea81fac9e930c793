package heed.app.train;

import heed.transformer.model.Gpt2;
import heed.transformer.train.AdamW;
import heed.transformer.train.LearningRateSchedule;
import heed.transformer.train.TrainingSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options that say what is trained and how. What is not given, a preset says, or the run that
 * is gone on with.
 */
final class TrainingOptions {
    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description =
                    "Sets all of the following: shakespeare-char-small (default), as nanoGPT's character model"
                            + " for a CPU: minutes; shakespeare-char, the model that Heed carries: under an hour.")
    @Nullable Preset preset;

    @Option(names = "--layers", paramLabel = "N", description = "Blocks of the model.")
    private @Nullable Integer layers;

    @Option(names = "--heads", paramLabel = "N", description = "Attention heads of a block.")
    private @Nullable Integer heads;

    @Option(names = "--width", paramLabel = "N", description = "Features of a token.")
    private @Nullable Integer width;

    @Option(
            names = "--inner",
            paramLabel = "N",
            description =
                    "Features inside a feed-forward layer (default: 4 times the width); 0 for attention alone.")
    private @Nullable Integer inner;

    @Option(
            names = "--untied",
            description = "An output layer of its own, where GPT-2's is its embedding.")
    boolean untied;

    @Option(names = "--context", paramLabel = "N", description = "Tokens of a sequence.")
    private @Nullable Integer context;

    @Option(names = "--batch", paramLabel = "N", description = "Sequences of a step.")
    private @Nullable Integer batch;

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            description =
                    "Passes that a batch is cut into, each of which takes so much less memory (default: 1).")
    private @Nullable Integer accumulation;

    @Option(names = "--steps", paramLabel = "N", description = "Steps of the optimizer, AdamW.")
    private @Nullable Integer steps;

    @Option(
            names = "--lr",
            paramLabel = "RATE",
            description =
                    "The highest learning rate; half a cosine falls to a tenth of it (1e-4 with --from).")
    private @Nullable Double learningRate;

    @Option(
            names = "--min-lr",
            paramLabel = "RATE",
            description = "The learning rate of the last step, where a tenth is not wanted.")
    private @Nullable Double lowestRate;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description =
                    "Steps in which the learning rate rises (default: 100, or a tenth of --steps if that is less).")
    private @Nullable Integer warmUp;

    @Option(
            names = "--weight-decay",
            paramLabel = "X",
            description = "Of matrices, not of biases and norms (default: 0.1).")
    private @Nullable Double weightDecay;

    @Option(
            names = "--beta2",
            paramLabel = "X",
            description = "How long AdamW remembers squares of gradients (default: 0.99).")
    private @Nullable Double beta2;

    @Option(
            names = "--clip",
            paramLabel = "X",
            description = "Longer gradients are shortened to this length (default: 1).")
    private @Nullable Double clip;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "Probability of dropping, of embeddings, attention weights and outputs.")
    private @Nullable Double dropout;

    @Option(
            names = "--eval-every",
            paramLabel = "N",
            description = "Steps from one evaluation and checkpoint to the next (default: 250).")
    private @Nullable Integer evaluation;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description =
                    "Ends after so many evaluations in a row without a lower loss (default: 0, never).")
    private @Nullable Integer patience;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Of the first weights, the batches and dropout (default: 1).")
    private @Nullable Long seed;

    /** The preset that counts where nothing else does. */
    Preset presetOrDefault() {
        return preset == null ? Preset.SHAKESPEARE_CHAR_SMALL : preset;
    }

    /**
     * The settings, where those that are not given are the base's.
     *
     * @throws IllegalArgumentException if they do not fit together
     */
    TrainingSettings settings(TrainingSettings base) {
        int count = or(steps, base.steps());
        double lowest = learningRate == null ? base.schedule().lowest() : learningRate / 10;
        return new TrainingSettings(
                or(context, base.context()),
                or(batch, base.batch()),
                or(accumulation, base.accumulation()),
                count,
                new LearningRateSchedule(
                        or(learningRate, base.schedule().highest()),
                        or(lowestRate, lowest),
                        or(warmUp, steps == null ? base.schedule().warmUp() : warmUp(base, count)),
                        count),
                new AdamW.Settings(
                        base.optimizer().beta1(),
                        or(beta2, base.optimizer().beta2()),
                        base.optimizer().epsilon(),
                        or(weightDecay, base.optimizer().weightDecay()),
                        or(clip, base.optimizer().maxGradientNorm())),
                or(dropout, base.dropout()),
                or(evaluation, base.evaluation()),
                or(patience, base.patience()),
                seed == null ? base.seed() : seed);
    }

    /** The base's, but no more than a tenth of all steps. */
    private static int warmUp(TrainingSettings base, int steps) {
        return Math.min(base.schedule().warmUp(), steps / 10);
    }

    /** The shape of the model, where what is not given is the base's. */
    Gpt2.Config config(Gpt2.Config base) {
        int features = or(width, base.hidden());
        return new Gpt2.Config(
                base.vocabulary(),
                or(context, base.positions()),
                features,
                or(inner, width == null ? base.intermediate() : 4 * features),
                or(layers, base.layers()),
                or(heads, base.heads()),
                base.epsilon(),
                base.activation());
    }

    /** The base of fine-tuning: careful steps, and no longer a context than the model reads. */
    TrainingSettings fineTuning(int positions) {
        TrainingSettings base = presetOrDefault().settings();
        double rate = preset == null ? 1e-4 : base.schedule().highest();
        return new TrainingSettings(
                Math.min(base.context(), positions),
                base.batch(),
                base.accumulation(),
                base.steps(),
                new LearningRateSchedule(rate, rate / 10, base.schedule().warmUp(), base.steps()),
                base.optimizer(),
                base.dropout(),
                base.evaluation(),
                base.patience(),
                base.seed());
    }

    private static int or(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }

    private static double or(@Nullable Double value, double otherwise) {
        return value == null ? otherwise : value;
    }
}

package heed.transformer.train;

import heed.transformer.layer.Dropout;
import heed.transformer.layer.Parameters;
import heed.transformer.model.Gpt2;
import heed.transformer.model.TokenBatch;
import java.io.IOException;
import java.util.Arrays;

/**
 * Trains a GPT-2 to predict the next token, under the causal mask. The bits that come out depend on
 * the settings, the text and the first weights, not on the number of threads, nor on where a run
 * was stopped and gone on with.
 */
public final class Trainer {
    private final Gpt2 model;
    private final Parameters parameters;
    private final TokenDataset dataset;
    private final TrainingSettings settings;
    private final AdamW optimizer;
    private final Gpt2.TrainingPass pass;
    private final TrainingHistory history = new TrainingHistory();

    /** Is told how a training goes. */
    public interface Listener {
        /**
         * After a step.
         *
         * @param loss of its batch, in nats
         */
        void stepped(int step, double loss);

        /**
         * After an evaluation: the model may be used, but not changed.
         *
         * @param best whether it is the best so far
         */
        void evaluated(TrainingHistory.Evaluation evaluation, boolean best) throws IOException;
    }

    /**
     * @param parameters the first weights, which are trained in place
     * @throws IllegalArgumentException if the model reads fewer tokens than the context
     */
    public Trainer(
            Gpt2.Config config,
            Parameters parameters,
            TokenDataset dataset,
            TrainingSettings settings) {
        if (settings.context() > config.positions()) {
            throw new IllegalArgumentException(
                    "a context of %d for a model that reads %d tokens"
                            .formatted(settings.context(), config.positions()));
        }
        this.model = Gpt2.trained(config, parameters);
        this.parameters = parameters;
        this.dataset = dataset;
        this.settings = settings;
        this.optimizer = new AdamW(parameters.all(), settings.optimizer());
        this.pass =
                model
                .new TrainingPass(settings.batch() / settings.accumulation(), settings.context());
    }

    /** The model: what it computes follows the training. */
    public Gpt2 model() {
        return model;
    }

    public Parameters parameters() {
        return parameters;
    }

    public TrainingSettings settings() {
        return settings;
    }

    public TokenDataset dataset() {
        return dataset;
    }

    /** How it went so far. */
    public TrainingHistory history() {
        return history;
    }

    /** To be written down and restored. */
    AdamW optimizer() {
        return optimizer;
    }

    /**
     * Trains from where it stands to the end: all steps, or the end of patience.
     *
     * @throws TrainingException if the loss is no number any more
     * @throws IOException if the listener cannot write
     */
    public void run(Listener listener) throws IOException {
        if (history.evaluations().isEmpty()) {
            evaluate(listener);
        }
        while (!isFinished()) {
            double loss = step();
            listener.stepped(history.steps(), loss);
            if (history.steps() % settings.evaluation() == 0
                    || history.steps() == settings.steps()) {
                evaluate(listener);
            }
        }
    }

    /**
     * Takes so many steps, and evaluates nothing.
     *
     * @return the loss of the last step's batch, in nats
     * @throws TrainingException if it is no number any more
     */
    public double steps(int count) {
        double loss = Double.NaN;
        for (int i = 0; i < count; i++) {
            loss = step();
        }
        return loss;
    }

    /** Whether all steps are taken, or patience has ended. */
    public boolean isFinished() {
        return history.steps() >= settings.steps()
                || (settings.patience() > 0 && history.sinceBest() >= settings.patience());
    }

    private double step() {
        int step = history.steps();
        TokenBatch batch = dataset.batch(settings.batch(), settings.seed(), step);
        Dropout dropout = new Dropout(settings.dropout(), settings.seed()).at(step);
        int sequences = settings.batch() / settings.accumulation();
        float scale = 1f / batch.tokens();
        double sum = 0;
        for (int part = 0; part < settings.accumulation(); part++) {
            sum +=
                    pass.gradients(
                            part(batch, part * sequences, sequences), scale, dropout.at(part));
        }
        double loss = sum / batch.tokens();
        double norm = optimizer.step(settings.schedule().at(step));
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw new TrainingException(
                    "the loss of step %d is no number any more: the learning rate of %s is too high for this model, take a lower one"
                            .formatted(step + 1, settings.schedule().highest()));
        }
        history.add(loss);
        return loss;
    }

    private static TokenBatch part(TokenBatch batch, int from, int sequences) {
        int first = from * batch.length();
        int end = first + sequences * batch.length();
        return new TokenBatch(
                sequences,
                batch.length(),
                Arrays.copyOfRange(batch.inputs(), first, end),
                Arrays.copyOfRange(batch.targets(), first, end));
    }

    private void evaluate(Listener listener) throws IOException {
        TrainingHistory.Evaluation evaluation = history.evaluate(validationLoss());
        listener.evaluated(evaluation, history.sinceBest() == 0);
    }

    /**
     * The mean cross-entropy over the whole part to be tested with, in nats: consecutive windows of
     * a context, each token predicted from those before it in its window.
     */
    public double validationLoss() {
        int sequences = settings.batch() / settings.accumulation();
        double sum = 0;
        long tokens = 0;
        for (int window = 0; window < dataset.windows(); ) {
            int length = dataset.windowLength(window);
            int count = 1;
            while (count < sequences
                    && window + count < dataset.windows()
                    && dataset.windowLength(window + count) == length) {
                count++;
            }
            TokenBatch batch = dataset.windows(window, count);
            sum += pass.loss(batch);
            tokens += batch.tokens();
            window += count;
        }
        return sum / tokens;
    }
}

package heed.transformer.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How a training went so far: the loss of every step, and every evaluation. */
public final class TrainingHistory {
    private float[] losses = new float[0];
    private final List<Evaluation> evaluations = new ArrayList<>();

    /**
     * A model tested.
     *
     * @param step steps that it had taken
     * @param training mean loss of the steps since the last evaluation, in nats; NaN before the
     *     first step
     * @param validation mean loss over the part to be tested with, in nats
     */
    public record Evaluation(int step, double training, double validation) {}

    /** The mean loss of each step's batch, in nats. */
    public float[] losses() {
        return losses.clone();
    }

    /** Every evaluation, in order. */
    public List<Evaluation> evaluations() {
        return List.copyOf(evaluations);
    }

    /** The evaluation with the least loss, of equal ones the first. */
    public Evaluation best() {
        return evaluations.stream()
                .reduce((a, b) -> b.validation() < a.validation() ? b : a)
                .orElseThrow(() -> new IllegalStateException("nothing was evaluated yet"));
    }

    /** Evaluations since the best one. */
    int sinceBest() {
        return evaluations.size() - 1 - evaluations.indexOf(best());
    }

    int steps() {
        return losses.length;
    }

    void add(double loss) {
        losses = Arrays.copyOf(losses, losses.length + 1);
        losses[losses.length - 1] = (float) loss;
    }

    Evaluation evaluate(double validation) {
        int last = evaluations.isEmpty() ? 0 : evaluations.getLast().step();
        double sum = 0;
        for (int i = last; i < losses.length; i++) {
            sum += losses[i];
        }
        Evaluation evaluation =
                new Evaluation(losses.length, sum / (losses.length - last), validation);
        evaluations.add(evaluation);
        return evaluation;
    }

    void restore(float[] losses, List<Evaluation> evaluations) {
        this.losses = losses.clone();
        this.evaluations.clear();
        this.evaluations.addAll(evaluations);
    }
}

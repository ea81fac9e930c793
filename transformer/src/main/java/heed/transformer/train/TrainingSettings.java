package heed.transformer.train;

/**
 * How a decoder is trained. Two runs with the same settings on the same text come to the same bits.
 *
 * @param context tokens of a sequence
 * @param batch sequences of a step
 * @param accumulation passes that a step's batch is cut into, whose gradients add up; a pass holds
 *     the activations of its part alone
 * @param steps of the optimizer
 * @param schedule its learning rate
 * @param optimizer its other settings
 * @param dropout probability of dropping, of embeddings, attention weights and what blocks add
 * @param evaluation steps from one evaluation to the next
 * @param patience evaluations in a row without a better loss that end the training; 0 for any
 *     number
 * @param seed of the batches and of dropout
 */
public record TrainingSettings(
        int context,
        int batch,
        int accumulation,
        int steps,
        LearningRateSchedule schedule,
        AdamW.Settings optimizer,
        double dropout,
        int evaluation,
        int patience,
        long seed) {

    /**
     * @throws IllegalArgumentException if a number is too small, or the passes do not divide the
     *     batch
     */
    public TrainingSettings {
        atLeast(1, context, "context");
        atLeast(1, batch, "batch");
        atLeast(1, accumulation, "accumulation");
        atLeast(1, steps, "steps");
        atLeast(1, evaluation, "steps between evaluations");
        atLeast(0, patience, "patience");
        if (batch % accumulation != 0) {
            throw new IllegalArgumentException(
                    "%d passes do not divide a batch of %d".formatted(accumulation, batch));
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "dropout must be at least 0 and less than 1, not " + dropout);
        }
    }

    private static void atLeast(int least, int value, String what) {
        if (value < least) {
            throw new IllegalArgumentException(
                    "%s must be at least %d, not %d".formatted(what, least, value));
        }
    }
}

package heed.app.train;

/**
 * Settings that are known to go well together.
 *
 * @param warmUp steps of the learning rate's warm-up
 */
enum Preset {
    /** What nanoGPT publishes for its character model on a CPU: minutes. */
    SHAKESPEARE_CHAR_SMALL(4, 4, 128, 64, 12, 2000, 1e-3, 0, 250),
    /** The character model that Heed carries with it: about an hour on two processors. */
    SHAKESPEARE_CHAR(6, 6, 192, 128, 32, 5000, 2e-3, 0.1, 250);

    final int layers;
    final int heads;
    final int width;
    final int context;
    final int batch;
    final int steps;
    final double learningRate;
    final double dropout;
    final int evaluation;

    Preset(
            int layers,
            int heads,
            int width,
            int context,
            int batch,
            int steps,
            double learningRate,
            double dropout,
            int evaluation) {
        this.layers = layers;
        this.heads = heads;
        this.width = width;
        this.context = context;
        this.batch = batch;
        this.steps = steps;
        this.learningRate = learningRate;
        this.dropout = dropout;
        this.evaluation = evaluation;
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}

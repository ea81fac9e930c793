package heed.transformer.train;

/**
 * The learning rate of each step: a linear warm-up, then half a cosine down to the least rate
 * (Loshchilov &amp; Hutter 2017, eq. 5, without restarts), which stays.
 *
 * @param highest the rate at the end of the warm-up
 * @param lowest the rate at the end
 * @param warmUp steps below the highest rate
 * @param steps at which the lowest rate is reached
 */
public record LearningRateSchedule(double highest, double lowest, int warmUp, int steps) {

    /**
     * @throws IllegalArgumentException if the rates are not 0 &lt; lowest ≤ highest, or the steps
     *     not 0 ≤ warmUp ≤ steps
     */
    public LearningRateSchedule {
        if (!(lowest > 0 && lowest <= highest && highest < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "learning rates must be more than 0, and the lowest, %s, not above the highest, %s"
                            .formatted(lowest, highest));
        }
        if (warmUp < 0 || warmUp > steps) {
            throw new IllegalArgumentException(
                    "a warm-up of %d of %d steps".formatted(warmUp, steps));
        }
    }

    /** The rate of a step, counted from 0. */
    public double at(int step) {
        if (step < warmUp) {
            return highest * (step + 1) / (warmUp + 1);
        }
        if (step >= steps) {
            return lowest;
        }
        double progress = (step - warmUp) / (double) (steps - warmUp);
        return lowest + (highest - lowest) * (1 + Math.cos(Math.PI * progress)) / 2;
    }
}

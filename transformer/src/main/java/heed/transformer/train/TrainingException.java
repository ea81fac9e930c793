package heed.transformer.train;

/** A training that cannot go on: the message says why and what to do. */
public final class TrainingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TrainingException(String message) {
        super(message);
    }
}

package heed.bench;

/** Contenders come to different results: their times say nothing. */
final class UnequalException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnequalException(String message) {
        super(message);
    }
}

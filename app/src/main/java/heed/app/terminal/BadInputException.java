package heed.app.terminal;

/**
 * What the user gave cannot be used; the message says what is wrong and what to do, in one line.
 */
public final class BadInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BadInputException(String message) {
        super(message);
    }

    public BadInputException(String message, Throwable cause) {
        super(message, cause);
    }
}

package heed.microscope;

/** The model or the text has no answer to what was asked; the message says why, for a person. */
public final class QuestionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public QuestionException(String message) {
        super(message);
    }

    public QuestionException(String message, Throwable cause) {
        super(message, cause);
    }
}

package heed.transformer.checkpoint;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A checkpoint cannot be used: the message says which and why, in one line. */
public final class CheckpointException extends IOException {
    private static final long serialVersionUID = 1L;

    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package heed.transformer.checkpoint;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint cannot be used: the message says which and why, in one line. Names that a file gives
 * may hold anything: control characters in them are escaped, and a long message is cut.
 */
public final class CheckpointException extends IOException {
    private static final long serialVersionUID = 1L;

    private static final int LONGEST = 1000;

    public CheckpointException(String message) {
        super(oneLine(message));
    }

    public CheckpointException(String message, @Nullable Throwable cause) {
        super(oneLine(message), cause);
    }

    private static String oneLine(String message) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < message.length(); i++) {
            if (line.length() > LONGEST) {
                return line.append("…").toString();
            }
            char c = message.charAt(i);
            if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                line.append("\\u%04x".formatted((int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }
}

package heed.ring;

import heed.attention.Heads;
import java.io.IOException;
import java.io.Serializable;

/**
 * A matrix {@code [heads, rows, columns]} that any worker can read by rows, again and again, with
 * the same result: what a lost worker held is made again from it.
 */
public interface RowSource extends Serializable {
    /** What to call it in messages. */
    String name();

    int heads();

    int rows();

    int columns();

    /**
     * Rows {@code from … to − 1} of every head.
     *
     * @throws IOException if they cannot be read; the message names the source
     */
    Heads read(int from, int to) throws IOException;
}

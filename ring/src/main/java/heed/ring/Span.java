package heed.ring;

import java.io.Serializable;

/** Rows {@code from … to − 1} of a sequence, which stand at just these positions. */
record Span(int from, int to) implements Serializable {
    int rows() {
        return to - from;
    }
}

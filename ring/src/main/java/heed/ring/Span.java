package heed.ring;

import heed.attention.Heads;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** Rows {@code from … to − 1} of a sequence, which stand at just these positions. */
record Span(int from, int to) implements Serializable {
    /** Rows of a block of the engine. */
    private static final int MULTIPLE = 64;

    int rows() {
        return to - from;
    }

    /**
     * The same rows in order, in pieces of about the same size: at most so many rows, and a
     * multiple of {@value #MULTIPLE} but in the last, where that is not more.
     */
    List<Span> pieces(int most) {
        int count = (int) Math.max(1, ((long) rows() + most - 1) / most);
        int even = (rows() + count - 1) / count;
        int size = Math.min(most, (even + MULTIPLE - 1) / MULTIPLE * MULTIPLE);
        List<Span> pieces = new ArrayList<>();
        for (int start = from; start < to; ) {
            int rows = Math.min(size, to - start);
            pieces.add(new Span(start, start + rows));
            start += rows;
        }
        return pieces;
    }

    /** A view of these rows of a matrix that holds those of a span around it. */
    Heads of(Heads values, Span around) {
        return values.rows(from - around.from, to - around.from);
    }
}

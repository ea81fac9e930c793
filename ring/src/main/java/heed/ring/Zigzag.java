package heed.ring;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;

/**
 * Deals a sequence out to parts, as zigzag placement does: of 2p equal chunks, part i holds the
 * i-th from the front and the i-th from the back. Under a causal mask late queries see more than
 * early ones; so every part has as much to do.
 *
 * @param rows tokens of the sequence
 * @param parts p; with more of them than rows some are empty
 */
record Zigzag(int rows, int parts) implements Serializable {

    /** A part's rows in order; no empty chunk. */
    List<Span> chunks(int part) {
        return Stream.of(chunk(part), chunk(2 * parts - 1 - part))
                .filter(chunk -> chunk.rows() > 0)
                .toList();
    }

    private Span chunk(int index) {
        long chunks = 2L * parts;
        return new Span((int) ((long) rows * index / chunks), (int) (rows * (index + 1L) / chunks));
    }

    /** A part's rows in order, in pieces of at most so many rows. */
    List<Span> pieces(int part, int most) {
        return chunks(part).stream().flatMap(chunk -> chunk.pieces(most).stream()).toList();
    }
}

package heed.microscope.coreference;

import heed.microscope.WordAlignment.Span;

/**
 * A text in which something refers to one of two things.
 *
 * @param text as a model reads it
 * @param refers the span that refers, such as a pronoun
 * @param right the candidate that is meant
 * @param wrong the other one
 * @param pair what cases that differ by a word have in common
 */
public record ReferenceCase(String text, Span refers, Span right, Span wrong, String pair) {

    /** Whether the candidate that is meant stands nearer to what refers than the other. */
    public boolean isRightNearest() {
        return distance(right) < distance(wrong);
    }

    private int distance(Span candidate) {
        return candidate.end() <= refers.start()
                ? refers.start() - candidate.end()
                : Math.max(0, candidate.start() - refers.end());
    }
}

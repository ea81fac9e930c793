package heed.transformer.tokenizer;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A text as a model reads it.
 *
 * @param text the text, unchanged
 * @param pieces its pieces in order, special tokens among them
 */
public record Tokens(String text, List<Piece> pieces) {

    /**
     * A piece.
     *
     * @param id its number in the vocabulary
     * @param text its name in the vocabulary: {@code ##ing}, {@code [CLS]}
     * @param start index in the text of its first char
     * @param end index in the text behind its last char; {@code start} for a special token that was
     *     added
     * @param special whether it is a special token, added or written out in the text
     */
    public record Piece(int id, String text, int start, int end, boolean special) {}

    /**
     * A word as a reader sees it, and the pieces that it was cut into.
     *
     * @param text as it stands in the text
     * @param start index in the text of its first char
     * @param end index in the text behind its last char
     * @param firstPiece its first piece
     * @param endPiece the piece behind its last
     */
    public record Word(String text, int start, int end, int firstPiece, int endPiece) {}

    public Tokens {
        pieces = List.copyOf(pieces);
    }

    /** Number of pieces. */
    public int size() {
        return pieces.size();
    }

    /** The vocabulary numbers of all pieces. */
    public int[] ids() {
        return pieces.stream().mapToInt(Piece::id).toArray();
    }

    /**
     * The words by the rules of Unicode (UAX 29) as {@link BreakIterator} has them: {@code didn't}
     * is one, punctuation stands apart. Words that share a piece are one word. Special tokens are
     * in no word.
     */
    public List<Word> words() {
        BreakIterator breaks = BreakIterator.getWordInstance(Locale.ROOT);
        breaks.setText(text);
        List<Word> words = new ArrayList<>();
        for (int i = 0; i < size(); i++) {
            Piece piece = pieces.get(i);
            int start = skipSpace(piece.start(), piece.end());
            if (piece.special() || start == piece.end()) {
                continue;
            }
            Word last = words.isEmpty() ? null : words.getLast();
            if (last != null && start < last.end() && last.endPiece() == i) {
                words.removeLast();
                words.add(
                        word(
                                last.start(),
                                endOfWord(breaks, last.end(), piece.end()),
                                last.firstPiece(),
                                i + 1));
            } else {
                int from =
                        breaks.isBoundary(start)
                                ? start
                                : Math.max(breaks.preceding(start), last == null ? 0 : last.end());
                words.add(word(from, endOfWord(breaks, start, piece.end()), i, i + 1));
            }
        }
        return words;
    }

    private Word word(int start, int end, int firstPiece, int endPiece) {
        return new Word(text.substring(start, end), start, end, firstPiece, endPiece);
    }

    /** The first word boundary behind {@code from} that is not before {@code end}. */
    private int endOfWord(BreakIterator breaks, int from, int end) {
        int boundary = Math.max(from, end);
        return breaks.isBoundary(boundary) ? boundary : breaks.following(boundary);
    }

    /** Some tokenizers count the space before a word as part of its first piece. */
    private int skipSpace(int start, int end) {
        int from = start;
        while (from < end && Character.isWhitespace(text.charAt(from))) {
            from++;
        }
        return from;
    }
}

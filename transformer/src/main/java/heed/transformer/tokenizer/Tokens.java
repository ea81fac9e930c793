package heed.transformer.tokenizer;

import java.util.ArrayList;
import java.util.List;

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
     * @param type 1 if it is of a second text and the model tells its texts apart, else 0
     */
    public record Piece(int id, String text, int start, int end, boolean special, int type) {
        /** A piece of a text that stands alone. */
        public Piece(int id, String text, int start, int end, boolean special) {
            this(id, text, start, end, special, 0);
        }
    }

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

    /**
     * The first pieces of the text, so many that they are {@code most} together with the special
     * tokens that were added around it; all, if they are no more.
     *
     * @throws IllegalArgumentException if these alone are more
     */
    public Tokens first(int most) {
        if (size() <= most) {
            return this;
        }
        int behind = 0;
        while (behind < size() && isAdded(pieces.get(size() - 1 - behind))) {
            behind++;
        }
        int before = 0;
        while (before < size() - behind && isAdded(pieces.get(before))) {
            before++;
        }
        if (before + behind > most) {
            throw new IllegalArgumentException(
                    "%d tokens are fewer than the %d around a text"
                            .formatted(most, before + behind));
        }
        List<Piece> first = new ArrayList<>(pieces.subList(0, most - behind));
        first.addAll(pieces.subList(size() - behind, size()));
        return new Tokens(text, first);
    }

    private static boolean isAdded(Piece piece) {
        return piece.special() && piece.start() == piece.end();
    }

    /** Number of pieces. */
    public int size() {
        return pieces.size();
    }

    /** The vocabulary numbers of all pieces. */
    public int[] ids() {
        return pieces.stream().mapToInt(Piece::id).toArray();
    }

    /** The type of each piece. */
    public int[] types() {
        return pieces.stream().mapToInt(Piece::type).toArray();
    }

    /**
     * The words as a reader sees them, each with its pieces: {@code didn't} and {@code well-known}
     * are one word, punctuation around them stands apart, an emoji or an ideograph is a word.
     *
     * <p>Words that share a piece are one word. A special token is in no word, even one that is
     * written out in the text, and neither is a piece with nothing of the text in it but white
     * space. What the tokenizer dropped from the text makes no word.
     */
    public List<Word> words() {
        List<WordCutter.Span> cut = WordCutter.cut(text);
        List<Word> words = new ArrayList<>();
        int first = 0;
        for (int i = 0; i < size(); i++) {
            Piece piece = pieces.get(i);
            while (first < cut.size() && cut.get(first).end() <= piece.start()) {
                first++;
            }
            int end = first;
            while (end < cut.size() && cut.get(end).start() < piece.end()) {
                end++;
            }
            if (piece.special() || end == first) {
                continue;
            }
            int from = cut.get(first).start();
            int to = cut.get(end - 1).end();
            if (!words.isEmpty() && from < words.getLast().end()) {
                Word last = words.removeLast();
                words.add(word(last.start(), Math.max(to, last.end()), last.firstPiece(), i + 1));
            } else {
                words.add(word(from, to, i, i + 1));
            }
        }
        return words;
    }

    private Word word(int start, int end, int firstPiece, int endPiece) {
        return new Word(text.substring(start, end), start, end, firstPiece, endPiece);
    }
}

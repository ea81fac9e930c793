package heed.microscope;

import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.List;

/**
 * The words of somebody else's text in the pieces of a model: a piece belongs to the word in which
 * its first character lies, white space before it aside.
 *
 * @param units the words that have a piece, in order
 * @param unitOf for each word its unit, or −1 if it has no piece
 */
public record WordAlignment(Units units, int[] unitOf) {

    /** A stretch of the text. */
    public record Span(int start, int end) {}

    /**
     * Aligns words with pieces.
     *
     * @param words their spans, in order, none within another
     */
    public static WordAlignment of(Tokens tokens, List<Span> words) {
        List<Units.Unit> units = new ArrayList<>();
        int[] unitOf = new int[words.size()];
        int piece = 0;
        for (int word = 0; word < unitOf.length; word++) {
            Span span = words.get(word);
            while (piece < tokens.size()
                    && (tokens.pieces().get(piece).special()
                            || firstChar(tokens, piece) < span.start())) {
                piece++;
            }
            int first = piece;
            while (piece < tokens.size()
                    && !tokens.pieces().get(piece).special()
                    && firstChar(tokens, piece) < span.end()) {
                piece++;
            }
            boolean any = piece > first;
            unitOf[word] = any ? units.size() : -1;
            if (any) {
                String text = tokens.text().substring(span.start(), span.end());
                units.add(new Units.Unit(text, first, piece, false));
            }
        }
        return new WordAlignment(new Units(units), unitOf);
    }

    private static int firstChar(Tokens tokens, int index) {
        Tokens.Piece piece = tokens.pieces().get(index);
        int start = piece.start();
        while (start < piece.end() && Character.isWhitespace(tokens.text().charAt(start))) {
            start++;
        }
        return start;
    }
}

package heed.microscope;

import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The units that a reader thinks in, each a run of pieces: the words of a text, or the pieces
 * themselves.
 *
 * @param list the units in text order, special tokens among them
 */
public record Units(List<Unit> list) {
    /** In place of a number: what the model's mask hides. Not a number, so it enters no sum. */
    public static final double HIDDEN = Double.NaN;

    /**
     * One unit.
     *
     * @param text as it stands in the text
     * @param firstPiece its first piece
     * @param endPiece the piece behind its last
     * @param special whether it is a special token such as [CLS]
     */
    public record Unit(String text, int firstPiece, int endPiece, boolean special) {
        /** Number of pieces. */
        public int size() {
            return endPiece - firstPiece;
        }

        /** Its pieces, rising. */
        public int[] pieces() {
            return IntStream.range(firstPiece, endPiece).toArray();
        }
    }

    public Units {
        list = List.copyOf(list);
    }

    /** Every piece a unit. */
    public static Units pieces(Tokens tokens) {
        List<Unit> units = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
            units.add(
                    new Unit(
                            tokens.pieces().get(i).text(),
                            i,
                            i + 1,
                            tokens.pieces().get(i).special()));
        }
        return new Units(units);
    }

    /** Every word a unit, and every special token. */
    public static Units words(Tokens tokens) {
        List<Unit> units = new ArrayList<>();
        int piece = 0;
        for (Tokens.Word word : tokens.words()) {
            for (; piece < word.firstPiece(); piece++) {
                units.add(new Unit(tokens.pieces().get(piece).text(), piece, piece + 1, true));
            }
            units.add(new Unit(word.text(), word.firstPiece(), word.endPiece(), false));
            piece = word.endPiece();
        }
        for (; piece < tokens.size(); piece++) {
            units.add(new Unit(tokens.pieces().get(piece).text(), piece, piece + 1, true));
        }
        return new Units(units);
    }

    /** The same units without special tokens. */
    public Units withoutSpecial() {
        return new Units(list.stream().filter(unit -> !unit.special()).toList());
    }

    public int size() {
        return list.size();
    }

    public Unit get(int index) {
        return list.get(index);
    }

    /** For each of n pieces the unit that it is in; {@link #size} for those that are in none. */
    public int[] ofPieces(int n) {
        int[] of = new int[n];
        Arrays.fill(of, size());
        for (int unit = 0; unit < size(); unit++) {
            Arrays.fill(of, get(unit).firstPiece(), get(unit).endPiece(), unit);
        }
        return of;
    }
}

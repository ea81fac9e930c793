package heed.microscope;

import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
        int pieces() {
            return endPiece - firstPiece;
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

    /**
     * A matrix of pieces as one of units: summed over the pieces of a unit that is looked at,
     * averaged over those of a unit that looks (Clark et al. 2019, §4.1). A pair of units of which
     * no pieces see one another is {@link #HIDDEN}.
     *
     * @param visible which pairs of pieces the model's mask lets through
     */
    public double[][] group(double[][] pieces, boolean[][] visible) {
        double[][] grouped = new double[size()][size()];
        for (int i = 0; i < size(); i++) {
            Unit query = get(i);
            for (int j = 0; j < size(); j++) {
                Unit key = get(j);
                double sum = 0;
                boolean seen = false;
                for (int p = query.firstPiece(); p < query.endPiece(); p++) {
                    for (int r = key.firstPiece(); r < key.endPiece(); r++) {
                        sum += pieces[p][r];
                        seen |= visible[p][r];
                    }
                }
                grouped[i][j] = seen ? sum / query.pieces() : HIDDEN;
            }
        }
        return grouped;
    }

    /**
     * What each unit gives to the pieces that are in none of these units, averaged over its own.
     */
    public double[] outside(double[][] pieces) {
        boolean[] inside = new boolean[pieces.length];
        list.forEach(unit -> Arrays.fill(inside, unit.firstPiece(), unit.endPiece(), true));
        double[] outside = new double[size()];
        for (int i = 0; i < size(); i++) {
            Unit query = get(i);
            for (int p = query.firstPiece(); p < query.endPiece(); p++) {
                for (int r = 0; r < inside.length; r++) {
                    outside[i] += inside[r] ? 0 : pieces[p][r] / query.pieces();
                }
            }
        }
        return outside;
    }
}

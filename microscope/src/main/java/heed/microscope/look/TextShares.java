package heed.microscope.look;

import heed.microscope.UnitRow;
import heed.microscope.Units;
import heed.transformer.tokenizer.Tokens;

/** Which share of what the units of one text give to units goes to the other text. */
public final class TextShares {

    /**
     * Shares of what goes to the units in sight: means over the units that look.
     *
     * @param firstToSecond what units of the first text give to the second; NaN if none looked
     * @param secondToFirst what units of the second text give to the first; NaN if none looked
     */
    public record Result(double firstToSecond, double secondToFirst) {}

    private final boolean[] second;
    private final double[] shareByUnit;

    /**
     * @param endOfFirst index in the text behind the first text's last char
     */
    TextShares(Tokens tokens, Units units, int endOfFirst) {
        second = new boolean[units.size()];
        shareByUnit = new double[units.size()];
        for (int unit = 0; unit < second.length; unit++) {
            second[unit] = tokens.pieces().get(units.get(unit).firstPiece()).start() > endOfFirst;
            shareByUnit[unit] = Double.NaN;
        }
    }

    /** Takes a row in; several threads may, each other rows. */
    void add(UnitRow row) {
        double other = 0;
        double all = 0;
        for (int unit = 0; unit < second.length; unit++) {
            double weight = row.weights()[unit];
            if (unit != row.query() && !Double.isNaN(weight)) {
                all += weight;
                other += second[unit] != second[row.query()] ? weight : 0;
            }
        }
        shareByUnit[row.query()] = all > 0 ? other / all : 0;
    }

    Result result() {
        return new Result(mean(false), mean(true));
    }

    private double mean(boolean ofSecond) {
        double sum = 0;
        int count = 0;
        for (int unit = 0; unit < second.length; unit++) {
            if (second[unit] == ofSecond && !Double.isNaN(shareByUnit[unit])) {
                sum += shareByUnit[unit];
                count++;
            }
        }
        return count == 0 ? Double.NaN : sum / count;
    }
}

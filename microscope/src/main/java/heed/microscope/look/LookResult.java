package heed.microscope.look;

import heed.microscope.Units;
import heed.transformer.tokenizer.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link Look} found.
 *
 * @param look what was asked for
 * @param tokens what the model read
 * @param headCount heads that were taken together
 * @param units the words or pieces in sight, in order; all indices are of these
 * @param masked whether the model's mask hides tokens from one another
 * @param queries what each chosen unit attends to
 * @param heads the heads that look hardest from each chosen unit; none if one head was chosen
 * @param shares what each of two texts gives the other, if there were two
 */
public record LookResult(
        Look look,
        Tokens tokens,
        int headCount,
        Units units,
        boolean masked,
        List<Focus> queries,
        List<HeadFocus> heads,
        Optional<TextShares.Result> shares) {

    public LookResult {
        queries = List.copyOf(queries);
        heads = List.copyOf(heads);
    }

    /** The text of a unit. */
    public String token(int index) {
        return units.get(index).text();
    }

    /**
     * {@code [queries][units]} weights; {@link Units#HIDDEN} where a unit is no target, or not
     * among those that were asked for.
     */
    public double[][] cells() {
        double[][] cells = new double[queries.size()][units.size()];
        for (int i = 0; i < cells.length; i++) {
            Arrays.fill(cells[i], Units.HIDDEN);
            for (Focus.Target target : queries.get(i).attends()) {
                cells[i][target.key()] = target.weight();
            }
        }
        return cells;
    }
}

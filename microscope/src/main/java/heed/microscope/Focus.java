package heed.microscope;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What one unit attends to.
 *
 * @param query the unit that looks, by its index in {@link Units}
 * @param attends what it looks at
 * @param specialMass share of its whole attention that went to special tokens out of sight
 * @param selfMass share of its whole attention that went to itself, if that is out of sight
 */
public record Focus(int query, List<Target> attends, double specialMass, double selfMass) {

    /** A unit that is looked at, by its index, and how much. */
    public record Target(int key, double weight) {}

    /** How the weights of a row are given. */
    public enum Scale {
        /** As they are, the unit's own among them. */
        UNTOUCHED,
        /** The unit's own taken out, the rest scaled to sum to 1. */
        OTHERS_ONLY
    }

    public Focus {
        attends = List.copyOf(attends);
    }

    /**
     * Reads one row of a matrix of units. What the mask hides is no target.
     *
     * @param row how much the unit attends to each unit in sight, or {@link Units#HIDDEN}
     * @param special how much it attends to special tokens out of sight
     * @param top how many targets, largest first; 0 for all of them in text order
     */
    public static Focus of(double[] row, double special, int query, Scale scale, int top) {
        double visible = 0;
        for (double weight : row) {
            visible += Double.isNaN(weight) ? 0 : weight;
        }
        double whole = visible + special;
        boolean othersOnly = scale == Scale.OTHERS_ONLY;
        double self = othersOnly && !Double.isNaN(row[query]) ? row[query] : 0;
        double others = visible - self;
        List<Target> targets = new ArrayList<>();
        for (int key = 0; key < row.length; key++) {
            if (Double.isNaN(row[key])) {
                continue;
            }
            if (!othersOnly) {
                targets.add(new Target(key, row[key]));
            } else if (key != query) {
                targets.add(new Target(key, others > 0 ? row[key] / others : 0));
            }
        }
        return new Focus(
                query,
                largest(targets, top),
                whole > 0 ? special / whole : 0,
                whole > 0 ? self / whole : 0);
    }

    /** The {@code top} largest targets, largest first; 0 for all of them as they are. */
    static List<Target> largest(List<Target> targets, int top) {
        if (top == 0) {
            return targets;
        }
        return targets.stream()
                .sorted(Comparator.comparingDouble(Target::weight).reversed())
                .limit(top)
                .toList();
    }
}

package heed.microscope.look;

import heed.microscope.UnitRow;
import heed.microscope.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

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
     * Reads one row. What the mask hides is no target.
     *
     * @param top how many targets, largest first; 0 for all of them in text order
     */
    public static Focus of(UnitRow row, Scale scale, int top) {
        int query = row.query();
        double[] weights = row.weights();
        double visible = 0;
        for (double weight : weights) {
            visible += Double.isNaN(weight) ? 0 : weight;
        }
        double whole = visible + row.outside();
        boolean othersOnly = scale == Scale.OTHERS_ONLY;
        double self = othersOnly && !Double.isNaN(weights[query]) ? weights[query] : 0;
        double others = visible - self;
        double divisor = othersOnly ? others : 1;
        int[] keys = keys(weights, othersOnly ? query : -1, top);
        List<Target> targets = new ArrayList<>(keys.length);
        for (int key : keys) {
            targets.add(new Target(key, divisor > 0 ? weights[key] / divisor : 0));
        }
        return new Focus(
                query,
                targets,
                whole > 0 ? row.outside() / whole : 0,
                whole > 0 ? self / whole : 0);
    }

    /** The keys of the largest weights, or of all. */
    private static int[] keys(double[] weights, int without, int top) {
        if (top > 0) {
            Largest largest = new Largest(Math.min(top, weights.length));
            for (int key = 0; key < weights.length; key++) {
                if (key != without && !Double.isNaN(weights[key])) {
                    largest.add(key, weights[key]);
                }
            }
            return largest.keys();
        }
        return IntStream.range(0, weights.length)
                .filter(key -> key != without && !Double.isNaN(weights[key]))
                .toArray();
    }
}

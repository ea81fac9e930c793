package heed.microscope.look;

import heed.microscope.HeadId;
import heed.microscope.RowReader;
import heed.microscope.Sight;
import heed.microscope.UnitBlock;
import heed.microscope.WeightRows;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Which heads look hardest from each unit of a block at another one: ranked by their largest single
 * weight, of equal ones the first head first.
 */
final class HeadRanking implements RowReader<List<HeadFocus>> {
    private final UnitBlock block;
    private final int[] unitOf;
    private final Sight sight;
    private final int count;
    private final List<List<HeadFocus>> best = new ArrayList<>();
    private final double[] sums;
    private final Largest largest;

    /**
     * @param unitOf the unit of each piece
     * @param count heads to name for a unit, or 0
     * @param targets units to name for a head
     */
    HeadRanking(UnitBlock block, int[] unitOf, Sight sight, int count, int targets) {
        this.block = block;
        this.unitOf = unitOf;
        this.sight = sight;
        this.count = count;
        this.sums = new double[block.units().size() + 1];
        this.largest = new Largest(targets);
        block.queries().forEach(_ -> best.add(new ArrayList<>()));
    }

    @Override
    public void read(WeightRows rows) {
        if (count == 0) {
            return;
        }
        List<BitSet> seen = sight.of(rows.head());
        int row = 0;
        for (int q = 0; q < best.size(); q++) {
            int query = block.queries().get(q);
            int pieces = block.units().get(query).size();
            for (int end = row + pieces; row < end; row++) {
                add(rows.row(row), rows.reach().from(), rows.reach().end());
            }
            takeLargest(query, seen.get(q));
            rank(best.get(q), rows.head(), query, pieces);
        }
    }

    private void add(float[] weights, int from, int end) {
        for (int key = from; key < end; key++) {
            sums[unitOf[key]] += weights[key];
        }
    }

    /** Finds the largest sums but the unit's own, and sets all sums to 0 again. */
    private void takeLargest(int query, BitSet seen) {
        largest.clear();
        int last = sums.length - 1;
        for (int unit = seen.nextSetBit(0); unit >= 0; unit = seen.nextSetBit(unit + 1)) {
            if (unit != query) {
                largest.add(unit, sums[unit]);
            }
            sums[unit] = 0;
        }
        sums[last] = 0;
    }

    private void rank(List<HeadFocus> ranked, HeadId head, int query, int pieces) {
        if (largest.size() == 0
                || (ranked.size() == count
                        && !(largest.value(0) / pieces
                                > ranked.getLast().attends().getFirst().weight()))) {
            return;
        }
        List<Focus.Target> targets = new ArrayList<>();
        for (int i = 0; i < largest.size(); i++) {
            targets.add(new Focus.Target(largest.key(i), largest.value(i) / pieces));
        }
        ranked.add(new HeadFocus(head, query, targets));
        ranked.sort(
                Comparator.comparingDouble(
                        (HeadFocus focus) -> -focus.attends().getFirst().weight()));
        if (ranked.size() > count) {
            ranked.removeLast();
        }
    }

    @Override
    public List<HeadFocus> result() {
        return best.stream().flatMap(List::stream).toList();
    }
}

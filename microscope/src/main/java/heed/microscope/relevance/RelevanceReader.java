package heed.microscope.relevance;

import heed.microscope.BufferPool;
import heed.microscope.HeadId;
import heed.microscope.RowReader;
import heed.microscope.UnitBlock;
import heed.microscope.UnitRow;
import heed.microscope.Units;
import heed.microscope.WeightRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;

/**
 * Sums the weights of heads, each times a factor of the token looked at, by units.
 *
 * @param <R> what is kept of each unit's row
 */
final class RelevanceReader<R> implements RowReader<List<R>> {
    private final UnitBlock block;
    private final int[] unitOf;
    private final List<BitSet> seen;
    private final Function<HeadId, double[]> factors;
    private final Function<UnitRow, R> finish;

    private final BufferPool<double[][]> buffers;

    /** {@code [queries][units + 1]}; the last column is of pieces that are in no unit. */
    private final double[][] sums;

    /**
     * @param unitOf the unit of each piece
     * @param factors {@code [n]} for a head
     * @param buffers of {@code [queries][units + 1]} at least
     */
    RelevanceReader(
            UnitBlock block,
            int[] unitOf,
            List<BitSet> seen,
            Function<HeadId, double[]> factors,
            Function<UnitRow, R> finish,
            BufferPool<double[][]> buffers) {
        this.block = block;
        this.unitOf = unitOf;
        this.seen = seen;
        this.factors = factors;
        this.finish = finish;
        this.buffers = buffers;
        this.sums = buffers.take();
        for (int q = 0; q < block.queries().size(); q++) {
            Arrays.fill(sums[q], 0);
        }
    }

    @Override
    public void read(WeightRows rows) {
        double[] factor = factors.apply(rows.head());
        int row = 0;
        for (int q = 0; q < block.queries().size(); q++) {
            int end = row + block.units().get(block.queries().get(q)).size();
            for (; row < end; row++) {
                add(rows.row(row), rows.reach().from(), rows.reach().end(), factor, sums[q]);
            }
        }
    }

    private void add(float[] weights, int from, int end, double[] factor, double[] sum) {
        for (int key = from; key < end; key++) {
            sum[unitOf[key]] += weights[key] * factor[key];
        }
    }

    @Override
    public List<R> result() {
        List<R> results = new ArrayList<>();
        for (int q = 0; q < block.queries().size(); q++) {
            int query = block.queries().get(q);
            results.add(
                    finish.apply(
                            row(query, sums[q], block.units().get(query).size(), seen.get(q))));
        }
        buffers.give(sums);
        return results;
    }

    /** The mean over the pieces that look, of sums over the pieces looked at. */
    static UnitRow row(int query, double[] sums, int pieces, BitSet seen) {
        double[] weights = new double[sums.length - 1];
        for (int unit = 0; unit < weights.length; unit++) {
            weights[unit] = seen.get(unit) ? sums[unit] / pieces : Units.HIDDEN;
        }
        return new UnitRow(query, weights, sums[weights.length] / pieces);
    }
}

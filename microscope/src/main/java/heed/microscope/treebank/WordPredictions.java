package heed.microscope.treebank;

import heed.microscope.RowReader;
import heed.microscope.UnitBlock;
import heed.microscope.WeightRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * At which other word each word of a block looks hardest, in each head: weights are summed over the
 * pieces of the word looked at and averaged over those of the word that looks; of equal ones the
 * earlier word (Clark et al. 2019, §4.1). −1 if there is no other word.
 */
final class WordPredictions implements RowReader<List<int[]>> {
    private final UnitBlock block;
    private final int[] unitOf;
    private final List<int[]> ofHeads = new ArrayList<>();
    private final double[] sums;

    /**
     * @param unitOf the word of each piece
     */
    WordPredictions(UnitBlock block, int[] unitOf) {
        this.block = block;
        this.unitOf = unitOf;
        this.sums = new double[block.units().size() + 1];
    }

    @Override
    public void read(WeightRows rows) {
        int[] predicted = new int[block.queries().size()];
        int row = 0;
        for (int q = 0; q < predicted.length; q++) {
            int query = block.queries().get(q);
            Arrays.fill(sums, 0);
            int end = row + block.units().get(query).size();
            for (; row < end; row++) {
                float[] weights = rows.row(row);
                for (int key = rows.reach().from(); key < rows.reach().end(); key++) {
                    sums[unitOf[key]] += weights[key];
                }
            }
            predicted[q] = largestOther(query);
        }
        ofHeads.add(predicted);
    }

    private int largestOther(int query) {
        int largest = -1;
        for (int unit = 0; unit < sums.length - 1; unit++) {
            if (unit != query && (largest < 0 || sums[unit] > sums[largest])) {
                largest = unit;
            }
        }
        return largest;
    }

    /** For each head the predicted word of each query of the block. */
    @Override
    public List<int[]> result() {
        return ofHeads;
    }
}

package heed.microscope.relevance;

import heed.microscope.Listener;
import heed.microscope.Traversal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows of the product of all layers' matrices, {@code M_L … M_1}: from the last layer down, {@code
 * rows ← rows · M_l}, while the rows of M_l are made anew, some at a time. Memory: two times {@link
 * #ROW_ELEMENTS} doubles, and some blocks of M_l.
 */
final class LayerProduct {
    /** Elements of the rows that go through the layers together, at most but for one block. */
    static final long ROW_ELEMENTS = 1L << 24;

    /** Elements of the rows of M_l that are held together. */
    private static final long HELD_ELEMENTS = 1L << 22;

    private static final String WHAT = "multiplying layers";

    private final LayerMatrix matrix;
    private final int layers;
    private final int n;

    LayerProduct(LayerMatrix matrix, int layers, int n) {
        this.matrix = matrix;
        this.layers = layers;
        this.n = n;
    }

    /** How many rows go through the layers together. */
    static int rowsTogether(int n) {
        return Math.clamp(ROW_ELEMENTS / Math.max(1, n), Traversal.BLOCK, Integer.MAX_VALUE);
    }

    /** Elements of the rows of M_l that are held together, of n tokens. */
    static long heldElements(long n) {
        return Math.max(HELD_ELEMENTS, 2 * Traversal.BLOCK * n);
    }

    /**
     * {@code [tokens][n]} rows of the product.
     *
     * @param block which of all blocks of rows this is, for the listener
     * @param blocks how many there are
     */
    double[][] rows(int[] tokens, int block, int blocks, Listener listener) {
        double[][] rows = new double[tokens.length][n];
        for (int i = 0; i < tokens.length; i++) {
            rows[i][tokens[i]] = 1;
        }
        for (int layer = layers - 1; layer >= 0; layer--) {
            matrix.enter(layer);
            rows = times(rows);
            listener.done(WHAT, (long) block * layers + layers - layer, (long) blocks * layers);
        }
        return rows;
    }

    /** Each row's sums grow in the order of the tokens, whichever thread adds to them. */
    private double[][] times(double[][] rows) {
        double[][] product = new double[rows.length][n];
        List<int[]> blocks = Traversal.blocks(needed(rows));
        int together = (int) Math.max(1, heldElements(n) / ((long) Traversal.BLOCK * n));
        for (int from = 0; from < blocks.size(); from += together) {
            List<int[]> wave = blocks.subList(from, Math.min(blocks.size(), from + together));
            List<double[][]> made = wave.parallelStream().map(matrix::rows).toList();
            IntStream.range(0, rows.length)
                    .parallel()
                    .forEach(i -> addTimes(rows[i], wave, made, product[i]));
        }
        return product;
    }

    private static void addTimes(
            double[] row, List<int[]> wave, List<double[][]> made, double[] product) {
        for (int block = 0; block < made.size(); block++) {
            for (int k = 0; k < made.get(block).length; k++) {
                double factor = row[wave.get(block)[k]];
                double[] other = made.get(block)[k];
                for (int j = 0; factor != 0 && j < product.length; j++) {
                    product[j] += factor * other[j];
                }
            }
        }
    }

    /** The tokens whose rows of M_l have a part in the product, each a group of its own. */
    private List<int[]> needed(double[][] rows) {
        boolean[] needed = new boolean[n];
        for (double[] row : rows) {
            for (int k = 0; k < n; k++) {
                needed[k] |= row[k] != 0;
            }
        }
        List<int[]> tokens = new ArrayList<>();
        for (int k = 0; k < n; k++) {
            if (needed[k]) {
                tokens.add(new int[] {k});
            }
        }
        return tokens;
    }
}

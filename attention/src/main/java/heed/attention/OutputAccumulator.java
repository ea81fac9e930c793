package heed.attention;

import static heed.attention.Preconditions.check;

import java.util.Arrays;

/**
 * Attention of the same queries to disjoint sets of keys, whose outputs come one after another
 * (Rabe &amp; Staats 2021; Dao 2023, §3.1): {@code O = Σ_t exp(LSE_t − LSE) · O_t}, {@code LSE = ln
 * Σ_t exp(LSE_t)}.
 *
 * <p>Sums are float64, relative to the largest LSE of a row so far, so that neither their number
 * nor the size of the scores costs precision. Not for several threads at once.
 */
public final class OutputAccumulator {
    private final int heads;
    private final int rows;
    private final int columns;
    private final double[] sums;
    private final double[] reference;
    private final double[] denominator;

    /**
     * Of {@code rows} queries that have attended to nothing yet: {@code [heads, rows, columns]}.
     */
    public OutputAccumulator(int heads, int rows, int columns) {
        this.heads = heads;
        this.rows = rows;
        this.columns = columns;
        this.sums = new double[Heads.length(heads, rows, columns)];
        this.reference = new double[heads * rows];
        this.denominator = new double[heads * rows];
        Arrays.fill(reference, Double.NEGATIVE_INFINITY);
    }

    /**
     * Adds what attention to some more keys returned. A row with nothing to attend to changes
     * nothing.
     *
     * @throws IllegalArgumentException if the shape differs
     */
    public void add(AttentionOutput part) {
        check(
                part.out().rows() == rows,
                "%d queries and %d queries differ",
                rows,
                part.out().rows());
        add(0, part);
    }

    /**
     * The same for some of the queries: those from row {@code firstRow} on.
     *
     * @throws IllegalArgumentException if heads or columns differ, or it has more rows than there
     *     are
     */
    public void add(int firstRow, AttentionOutput part) {
        Heads out = part.out();
        check(out.heads() == heads, "%d heads and %d heads differ", heads, out.heads());
        check(
                firstRow >= 0 && firstRow + out.rows() <= rows,
                "rows %d to %d are not within %d rows",
                firstRow,
                firstRow + out.rows(),
                rows);
        check(out.columns() == columns, "%d columns and %d columns differ", columns, out.columns());
        for (int head = 0; head < heads; head++) {
            for (int row = 0; row < out.rows(); row++) {
                double lse = part.lse(head, row);
                if (lse != Double.NEGATIVE_INFINITY) {
                    add(head * rows + firstRow + row, lse, out.data(), out.index(head, row));
                }
            }
        }
    }

    private void add(int row, double lse, float[] out, int at) {
        double max = Math.max(reference[row], lse);
        double kept = Math.exp(reference[row] - max);
        double weight = Math.exp(lse - max);
        reference[row] = max;
        denominator[row] = denominator[row] * kept + weight;
        int to = row * columns;
        for (int c = 0; c < columns; c++) {
            sums[to + c] = sums[to + c] * kept + weight * out[at + c];
        }
    }

    /** Attention to all keys so far, each head's rows together. */
    public AttentionOutput output() {
        AttentionOutput output =
                new AttentionOutput(Heads.zeros(heads, rows, columns), new float[heads * rows]);
        writeTo(output);
        return output;
    }

    /** Overwrites an output of this shape. */
    void writeTo(AttentionOutput output) {
        for (int head = 0; head < heads; head++) {
            for (int row = 0; row < rows; row++) {
                int i = head * rows + row;
                output.lse()[i] = (float) (reference[i] + Math.log(denominator[i]));
                int at = output.out().index(head, row);
                for (int c = 0; c < columns; c++) {
                    output.out().data()[at + c] =
                            denominator[i] == 0
                                    ? 0
                                    : (float) (sums[i * columns + c] / denominator[i]);
                }
            }
        }
    }
}

package heed.microscope.relevance;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.RowReader;
import heed.microscope.Traversal;
import heed.microscope.WeightRows;
import java.util.List;
import java.util.stream.IntStream;

/** {@code rownorm(A + I)} with A the mean of a layer's heads (Abnar &amp; Zuidema 2020, eq. 1). */
final class RolloutMatrix implements LayerMatrix {
    private final AttentionTrace trace;
    private List<HeadId> heads = List.of();

    RolloutMatrix(AttentionTrace trace) {
        this.trace = trace;
    }

    @Override
    public void enter(int layer) {
        heads = IntStream.range(0, trace.heads()).mapToObj(h -> new HeadId(layer, h)).toList();
    }

    @Override
    public double[][] rows(int... tokens) {
        double[][] rows = new double[tokens.length][trace.tokens()];
        Traversal.readBlock(
                trace,
                heads,
                tokens,
                new RowReader<double[][]>() {
                    @Override
                    public void read(WeightRows weights) {
                        for (int i = 0; i < rows.length; i++) {
                            for (int j = weights.reach().from(); j < weights.reach().end(); j++) {
                                rows[i][j] += weights.row(i)[j];
                            }
                        }
                    }

                    @Override
                    public double[][] result() {
                        return rows;
                    }
                });
        for (int i = 0; i < rows.length; i++) {
            rows[i][tokens[i]] += trace.heads();
            normalize(rows[i]);
        }
        return rows;
    }

    /** Scales a row to sum to 1, unless it is all 0. */
    static void normalize(double[] row) {
        double sum = 0;
        for (double value : row) {
            sum += value;
        }
        for (int j = 0; sum > 0 && j < row.length; j++) {
            row[j] /= sum;
        }
    }
}

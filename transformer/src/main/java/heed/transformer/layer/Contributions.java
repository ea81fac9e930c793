package heed.transformer.layer;

import heed.attention.KeyValueHeads;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What heads add to a token that gives all its attention to another: {@code f(x) = v W_O}, without
 * the output bias (Kobayashi et al. 2020, eq. 5).
 */
final class Contributions {
    private final Linear output;
    private final float @Nullable [] scale;

    /** {@link #outputGram} of heads that were asked for. */
    private final Map<Integer, double[][]> grams = new ConcurrentHashMap<>();

    /**
     * @param norm of the sum of what all heads add, or null
     */
    Contributions(Linear output, @Nullable RmsNorm norm) {
        this.output = output;
        this.scale = norm == null ? null : norm.weight();
    }

    /** {@code ‖f(x_j)‖} for every token j, f(x) times the weight of the norm: {@code [n]}. */
    double[] norms(KeyValueHeads values, int head, int kvHead) {
        double[][] gram = grams.computeIfAbsent(head, h -> outputGram(h, values.columns()));
        double[] norms = new double[values.rows()];
        double[] product = new double[values.columns()];
        for (int j = 0; j < norms.length; j++) {
            float[] v = values.row(kvHead, j);
            Arrays.fill(product, 0);
            for (int a = 0; a < v.length; a++) {
                addScaled(product, v[a], gram[a]);
            }
            double square = 0;
            for (int a = 0; a < v.length; a++) {
                square += v[a] * product[a];
            }
            norms[j] = Math.sqrt(Math.max(0, square));
        }
        return norms;
    }

    private static void addScaled(double[] sum, double factor, double[] row) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += factor * row[i];
        }
    }

    /** {@code f(x_j)} for every token j: {@code [n][hidden]}. */
    float[][] of(KeyValueHeads values, int head, int kvHead) {
        float[][] rows = output.weightRows(head * values.columns(), values.columns());
        float[][] contributions = new float[values.rows()][];
        for (int j = 0; j < contributions.length; j++) {
            contributions[j] = product(values.row(kvHead, j), rows);
        }
        return contributions;
    }

    /** What a head adds that gives {@code v [d_v]}: {@code [hidden]}. */
    float[] of(float[] v, int head) {
        return product(v, output.weightRows(head * v.length, v.length));
    }

    private float[] product(float[] v, float[][] rows) {
        float[] product = new float[output.out()];
        for (int a = 0; a < v.length; a++) {
            for (int i = 0; i < product.length; i++) {
                product[i] += v[a] * rows[a][i];
            }
        }
        return product;
    }

    /**
     * {@code W_O W_Oᵀ} of a head's rows of W_O, times the weight of the norm, so that {@code ‖v
     * W_O‖² = v (W_O W_Oᵀ) vᵀ}.
     */
    private double[][] outputGram(int head, int columns) {
        float[][] rows = output.weightRows(head * columns, columns);
        if (scale != null) {
            for (float[] row : rows) {
                for (int i = 0; i < row.length; i++) {
                    row[i] *= scale[i];
                }
            }
        }
        double[][] gram = new double[columns][columns];
        for (int a = 0; a < columns; a++) {
            for (int b = 0; b <= a; b++) {
                double dot = 0;
                for (int i = 0; i < rows[a].length; i++) {
                    dot += (double) rows[a][i] * rows[b][i];
                }
                gram[a][b] = dot;
                gram[b][a] = dot;
            }
        }
        return gram;
    }
}

package heed.microscope.relevance;

import heed.attention.AttentionWeights;
import heed.attention.AttentionWeights.KeyRange;
import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.ModelRun;
import heed.microscope.Traversal;
import heed.microscope.WeightRows;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.layer.RmsNorm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The contributions of a layer (Ferrando et al. 2022, §3): what it writes for token i, {@code x̃_i
 * = LN(x_i + Σ_j Σ_h α f_h(x_j) + b_O)}, is a sum of parts {@code T_i(x_j)}, one for each token,
 * the residual among those of i itself, since a layer norm is linear once its standard deviation
 * stands. {@code c_ij = max(0, ‖x̃_i‖₁ − ‖x̃_i − T_i(x_j)‖₁)}, and rows are scaled to sum to 1.
 * Without a norm there (pre-norm) the sum itself is taken. O(n · H · hidden) memory.
 */
final class AltiMatrix implements LayerMatrix {
    private final ModelRun run;
    private final AttentionTrace trace;
    private int layer;

    /** {@code [H][n][hidden]}: f_h(x_j). */
    private List<float[][]> contributions = List.of();

    private float[] outputBias = {};
    private @Nullable LayerNorm norm;
    private @Nullable RmsNorm outputNorm;

    AltiMatrix(ModelRun run) {
        this.run = run;
        this.trace = run.trace();
    }

    @Override
    public void enter(int layer) {
        MultiHeadAttention attention = run.model().attention().get(layer);
        this.layer = layer;
        contributions = List.of();
        contributions =
                IntStream.range(0, trace.heads())
                        .parallel()
                        .mapToObj(head -> attention.contributions(trace.values(layer), head))
                        .toList();
        outputBias = attention.outputBias();
        outputNorm = attention.outputNorm().orElse(null);
        norm = run.model().attentionNorm(layer).orElse(null);
    }

    @Override
    public double[][] rows(int... tokens) {
        int n = trace.tokens();
        AttentionWeights weights = trace.weights(layer, tokens);
        List<WeightRows> ofHeads = new ArrayList<>();
        for (int head = 0; head < trace.heads(); head++) {
            ofHeads.add(
                    Traversal.rows(
                            weights, new HeadId(layer, head), tokens, new float[tokens.length][n]));
        }
        double[][] rows = new double[tokens.length][n];
        float[][] parts = new float[n][outputBias.length];
        for (int i = 0; i < tokens.length; i++) {
            parts(ofHeads, i, parts);
            contribute(trace.residual(layer, tokens[i]), tokens[i], parts, rows[i]);
            RolloutMatrix.normalize(rows[i]);
        }
        return rows;
    }

    /** {@code Σ_h α f_h(x_j)} for every j. */
    private void parts(List<WeightRows> ofHeads, int i, float[][] parts) {
        for (float[] part : parts) {
            Arrays.fill(part, 0);
        }
        for (int head = 0; head < ofHeads.size(); head++) {
            KeyRange reach = ofHeads.get(head).reach();
            float[] weights = ofHeads.get(head).row(i);
            for (int j = reach.from(); j < reach.end(); j++) {
                if (weights[j] != 0) {
                    addScaled(parts[j], weights[j], contributions.get(head)[j]);
                }
            }
        }
    }

    private static void addScaled(float[] sum, float factor, float[] vector) {
        for (int c = 0; c < sum.length; c++) {
            sum[c] += factor * vector[c];
        }
    }

    /**
     * Passes over all parts: 1. their sum, normalised if attention ends with a norm; 2. what
     * becomes of it, x̃; 3. how far x̃ is from 0, and from each part.
     */
    private void contribute(float[] residual, int token, float[][] parts, double[] row) {
        double[] sum = sum(parts);
        if (outputNorm != null) {
            normalize(outputNorm, parts, sum);
        }
        addScaled(parts[token], 1, residual);
        for (int c = 0; c < sum.length; c++) {
            sum[c] += residual[c];
        }
        Linearized linear = Linearized.around(norm, sum);
        double whole = 0;
        for (double value : linear.value) {
            whole += Math.abs(value);
        }
        for (int j = 0; j < parts.length; j++) {
            row[j] = Math.max(0, whole - linear.distance(parts[j]));
        }
    }

    /** {@code Σ_j Σ_h α f_h(x_j) + b_O}. */
    private double[] sum(float[][] parts) {
        double[] sum = new double[outputBias.length];
        for (int c = 0; c < sum.length; c++) {
            sum[c] = outputBias[c];
        }
        for (float[] part : parts) {
            for (int c = 0; c < sum.length; c++) {
                sum[c] += part[c];
            }
        }
        return sum;
    }

    /** The norm of a sum, and what it makes of its parts: it is linear once its root stands. */
    private static void normalize(RmsNorm norm, float[][] parts, double[] sum) {
        double squares = Arrays.stream(sum).map(value -> value * value).average().orElse(0);
        double factor = 1 / Math.sqrt(squares + norm.epsilon());
        float[] weight = norm.weight();
        for (int c = 0; c < sum.length; c++) {
            sum[c] *= weight[c] * factor;
            for (float[] part : parts) {
                part[c] *= (float) (weight[c] * factor);
            }
        }
    }

    /**
     * A layer norm near one of its inputs, or no norm at all: {@code part → scale · (part −
     * mean(part))}.
     *
     * @param value what it makes of that input
     * @param scale {@code [hidden]}
     * @param centres whether the mean is taken away
     */
    private record Linearized(double[] value, double[] scale, boolean centres) {

        static Linearized around(@Nullable LayerNorm norm, double[] x) {
            double[] scale = new double[x.length];
            if (norm == null) {
                Arrays.fill(scale, 1);
                return new Linearized(x, scale, false);
            }
            double mean = Arrays.stream(x).average().orElse(0);
            double variance =
                    Arrays.stream(x)
                            .map(value -> (value - mean) * (value - mean))
                            .average()
                            .orElse(0);
            double deviation = Math.sqrt(variance + norm.epsilon());
            float[] weight = norm.weight();
            float[] bias = norm.bias();
            double[] value = new double[x.length];
            for (int c = 0; c < x.length; c++) {
                scale[c] = weight[c] / deviation;
                value[c] = (x[c] - mean) * scale[c] + bias[c];
            }
            return new Linearized(value, scale, true);
        }

        /** {@code ‖value − linear(part)‖₁}. */
        double distance(float[] part) {
            double mean = 0;
            if (centres) {
                for (float value : part) {
                    mean += value;
                }
                mean /= part.length;
            }
            double distance = 0;
            for (int c = 0; c < part.length; c++) {
                distance += Math.abs(value[c] - (part[c] - mean) * scale[c]);
            }
            return distance;
        }
    }
}

package heed.transformer.testing;

import heed.transformer.layer.Parameter;
import heed.transformer.layer.Parameters;
import heed.transformer.model.Gpt2;
import heed.transformer.model.TokenBatch;
import java.util.HashMap;
import java.util.Map;

/** The loss of a GPT-2 by its definition, in double precision, one token at a time. */
public final class NaiveGpt2 {
    private final Gpt2.Config config;
    private final Map<String, double[]> values = new HashMap<>();

    public NaiveGpt2(Gpt2.Config config, Parameters parameters) {
        this.config = config;
        for (Parameter parameter : parameters.all()) {
            double[] value = new double[parameter.value().length];
            for (int i = 0; i < value.length; i++) {
                value[i] = parameter.value()[i];
            }
            values.put(parameter.name(), value);
        }
    }

    /** A parameter, to be changed at will. */
    public double[] value(String name) {
        double[] value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name);
        }
        return value;
    }

    /** The sum of the cross-entropies of a batch. */
    public double loss(TokenBatch batch) {
        double sum = 0;
        for (int s = 0; s < batch.sequences(); s++) {
            sum += loss(batch, s * batch.length());
        }
        return sum;
    }

    private double loss(TokenBatch batch, int first) {
        int n = batch.length();
        double[][] x = new double[n][config.hidden()];
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < config.hidden(); c++) {
                x[i][c] =
                        value("transformer.wte.weight")[
                                        batch.inputs()[first + i] * config.hidden() + c]
                                + value("transformer.wpe.weight")[i * config.hidden() + c];
            }
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "transformer.h." + layer + ".";
            attend(x, block);
            if (config.intermediate() > 0) {
                feedForward(x, block);
            }
        }
        double sum = 0;
        String head = values.containsKey("lm_head.weight") ? "lm_head" : "transformer.wte";
        for (int i = 0; i < n; i++) {
            double[] hidden = norm(x[i], "transformer.ln_f");
            double[] logits = new double[config.vocabulary()];
            for (int t = 0; t < logits.length; t++) {
                for (int c = 0; c < hidden.length; c++) {
                    logits[t] += hidden[c] * value(head + ".weight")[t * hidden.length + c];
                }
            }
            sum -= Math.log(softmax(logits, logits.length)[batch.targets()[first + i]]);
        }
        return sum;
    }

    private void attend(double[][] x, String block) {
        int d = config.hidden() / config.heads();
        double[][] qkv = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            qkv[i] = linear(norm(x[i], block + "ln_1"), block + "attn.c_attn");
        }
        for (int i = 0; i < x.length; i++) {
            double[] attended = new double[config.hidden()];
            for (int head = 0; head < config.heads(); head++) {
                double[] scores = new double[i + 1];
                for (int j = 0; j <= i; j++) {
                    for (int c = head * d; c < (head + 1) * d; c++) {
                        scores[j] += qkv[i][c] * qkv[j][config.hidden() + c] / Math.sqrt(d);
                    }
                }
                double[] weights = softmax(scores, i + 1);
                for (int j = 0; j <= i; j++) {
                    for (int c = head * d; c < (head + 1) * d; c++) {
                        attended[c] += weights[j] * qkv[j][2 * config.hidden() + c];
                    }
                }
            }
            add(x[i], linear(attended, block + "attn.c_proj"));
        }
    }

    private void feedForward(double[][] x, String block) {
        for (double[] row : x) {
            double[] h = linear(norm(row, block + "ln_2"), block + "mlp.c_fc");
            for (int i = 0; i < h.length; i++) {
                double u = Math.sqrt(2 / Math.PI) * (h[i] + 0.044715 * h[i] * h[i] * h[i]);
                h[i] = h[i] / 2 * (1 + Math.tanh(u));
            }
            add(row, linear(h, block + "mlp.c_proj"));
        }
    }

    private double[] linear(double[] x, String name) {
        double[] y = value(name + ".bias").clone();
        for (int i = 0; i < x.length; i++) {
            for (int o = 0; o < y.length; o++) {
                y[o] += x[i] * value(name + ".weight")[i * y.length + o];
            }
        }
        return y;
    }

    private double[] norm(double[] x, String name) {
        double mean = 0;
        for (double value : x) {
            mean += value / x.length;
        }
        double variance = 0;
        for (double value : x) {
            variance += (value - mean) * (value - mean) / x.length;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] =
                    (x[i] - mean)
                                    / Math.sqrt(variance + config.epsilon())
                                    * value(name + ".weight")[i]
                            + value(name + ".bias")[i];
        }
        return y;
    }

    private static double[] softmax(double[] scores, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, scores[i]);
        }
        double sum = 0;
        double[] weights = new double[count];
        for (int i = 0; i < count; i++) {
            weights[i] = Math.exp(scores[i] - max);
            sum += weights[i];
        }
        for (int i = 0; i < count; i++) {
            weights[i] /= sum;
        }
        return weights;
    }

    private static void add(double[] sum, double[] x) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += x[i];
        }
    }
}

package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.Heads;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.testing.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the definition in double precision, where d and d_v may differ. */
final class MultiHeadAttentionTest {

    /** A projection and the numbers that it consists of. */
    private record Projection(Linear linear, float[] weight, float[] bias) {

        static Projection random(long seed, int in, int out) throws CheckpointException {
            Tensors tensors = new Tensors(seed);
            float[] weight = tensors.add("weight", in, out);
            float[] bias = tensors.add("bias", out);
            return new Projection(Linear.packed(tensors.weights(), in, out), weight, bias);
        }

        double[][] of(double[][] x) {
            double[][] y = new double[x.length][bias.length];
            for (int row = 0; row < x.length; row++) {
                for (int out = 0; out < bias.length; out++) {
                    y[row][out] = bias[out];
                    for (int in = 0; in < x[row].length; in++) {
                        y[row][out] += x[row][in] * weight[in * bias.length + out];
                    }
                }
            }
            return y;
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1,1", "5,2,4,4", "7,3,5,2", "13,4,3,8"})
    void agreesWithItsDefinition(int n, int heads, int d, int dv) throws CheckpointException {
        int hidden = 6;
        Projection query = Projection.random(1, hidden, heads * d);
        Projection key = Projection.random(2, hidden, heads * d);
        Projection value = Projection.random(3, hidden, heads * dv);
        Projection output = Projection.random(4, heads * dv, hidden);
        MultiHeadAttention attention =
                new MultiHeadAttention(
                        heads, query.linear(), key.linear(), value.linear(), output.linear());
        float[] x = new Tensors(5).random(n * hidden);

        float[] y = attention.forward(x, AttentionMask.full(), 0, AttentionProbe.none());

        double[][] rows = new double[n][hidden];
        for (int i = 0; i < x.length; i++) {
            rows[i / hidden][i % hidden] = x[i];
        }
        double[][] concatenated =
                attend(query.of(rows), key.of(rows), value.of(rows), heads, d, dv);
        double[][] expected = output.of(concatenated);
        assertThat(y).hasSize(n * hidden);
        for (int i = 0; i < y.length; i++) {
            assertThat((double) y[i])
                    .isCloseTo(expected[i / hidden][i % hidden], Offset.offset(1e-4));
        }
    }

    @Test
    void showsTheProbeWhatItComputed() throws CheckpointException {
        MultiHeadAttention attention = attention(2, 6, 8, 8, 8, 8, 6);
        List<AttentionInput> seen = new ArrayList<>();
        attention.forward(
                new Tensors(5).random(3 * 6),
                AttentionMask.causal(),
                4,
                (layer, input, output) -> {
                    assertThat(layer).isEqualTo(4);
                    assertThat(output.lse()).hasSize(2 * 3);
                    seen.add(input);
                });

        assertThat(seen).hasSize(1);
        assertThat(seen.getFirst().mask()).isEqualTo(AttentionMask.causal());
        assertThat(seen.getFirst().scale()).isEqualTo(0.5f);
        assertThat(seen.getFirst().v().rows()).isEqualTo(3);
    }

    /** Kobayashi et al. 2020, eq. 5: the norm of {@code v W_O}, v being the value with its bias. */
    @Test
    void normsOfContributionsAreThoseOfTheProjectedValues() throws CheckpointException {
        int heads = 3;
        int dv = 5;
        int hidden = 7;
        Projection output = Projection.random(4, heads * dv, hidden);
        Linear projection = Projection.random(1, hidden, heads * dv).linear();
        MultiHeadAttention attention =
                new MultiHeadAttention(heads, projection, projection, projection, output.linear());
        Heads values = Heads.interleaved(4, heads, dv, new Tensors(9).random(4 * heads * dv));

        for (int head = 0; head < heads; head++) {
            double[] norms = attention.contributionNorms(values, head);
            assertThat(norms).hasSize(4);
            for (int j = 0; j < norms.length; j++) {
                double square = 0;
                for (int out = 0; out < hidden; out++) {
                    double f = 0;
                    for (int c = 0; c < dv; c++) {
                        f +=
                                (double) values.get(head, j, c)
                                        * output.weight()[(head * dv + c) * hidden + out];
                    }
                    square += f * f;
                }
                assertThat(norms[j]).isCloseTo(Math.sqrt(square), Percentage.withPercentage(1e-6));
            }
        }
    }

    @Test
    void refusesProjectionsThatDoNotFit() {
        assertRefused("3 heads do not divide projections of 8 and 9", 3, 6, 8, 8, 9, 9, 6);
        assertRefused("2 heads do not divide projections of 8 and 9", 2, 6, 8, 8, 9, 9, 6);
        assertRefused("0 heads do not divide", 0, 6, 8, 8, 8, 8, 6);
        assertRefused("queries of 8 features and keys of 4 differ", 2, 6, 8, 4, 8, 8, 6);
        assertRefused(
                "values of 8 features and an output projection from 4 differ", 2, 6, 8, 8, 8, 4, 6);
    }

    private static void assertRefused(
            String message, int heads, int hidden, int q, int k, int v, int in, int out) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> attention(heads, hidden, q, k, v, in, out))
                .withMessageContaining(message);
    }

    private static MultiHeadAttention attention(
            int heads, int hidden, int q, int k, int v, int in, int out)
            throws CheckpointException {
        return new MultiHeadAttention(
                heads,
                Projection.random(1, hidden, q).linear(),
                Projection.random(2, hidden, k).linear(),
                Projection.random(3, hidden, v).linear(),
                Projection.random(4, in, out).linear());
    }

    /** {@code softmax(q kᵀ / √d) v}, head by head, side by side. */
    private static double[][] attend(
            double[][] q, double[][] k, double[][] v, int heads, int d, int dv) {
        int n = q.length;
        double[][] out = new double[n][heads * dv];
        for (int head = 0; head < heads; head++) {
            for (int i = 0; i < n; i++) {
                double[] weights = new double[n];
                double sum = 0;
                for (int j = 0; j < n; j++) {
                    double score = 0;
                    for (int c = head * d; c < (head + 1) * d; c++) {
                        score += q[i][c] * k[j][c];
                    }
                    weights[j] = Math.exp(score / Math.sqrt(d));
                    sum += weights[j];
                }
                for (int j = 0; j < n; j++) {
                    for (int c = head * dv; c < (head + 1) * dv; c++) {
                        out[i][c] += weights[j] / sum * v[j][c];
                    }
                }
            }
        }
        return out;
    }
}

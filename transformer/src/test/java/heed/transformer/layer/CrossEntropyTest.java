package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the definition in float64; the larger vocabularies are computed in several blocks. */
final class CrossEntropyTest {

    @ParameterizedTest
    @CsvSource({"1, 3, 2, 1", "13, 5, 97, 1", "97, 7, 20000, 1", "40, 3, 60000, 1", "5, 4, 65, 40"})
    void lossAndGradientsAreThoseOfTheDefinition(int n, int features, int vocabulary, float size) {
        Random random = new Random(3);
        Parameters parameters = Parameters.zeros(Map.of("weight", List.of(vocabulary, features)));
        Parameter weight = parameters.get("weight", vocabulary, features);
        fill(weight.value(), random, 1);
        float[] hidden = new float[n * features];
        fill(hidden, random, size);
        int[] targets = random.ints(n, 0, vocabulary).toArray();
        float scale = 0.5f;
        double loss = 0;
        double[] dHidden = new double[hidden.length];
        double[] dWeight = new double[weight.value().length];
        for (int i = 0; i < n; i++) {
            double[] logits = new double[vocabulary];
            double largest = Double.NEGATIVE_INFINITY;
            for (int t = 0; t < vocabulary; t++) {
                for (int c = 0; c < features; c++) {
                    logits[t] +=
                            (double) hidden[i * features + c] * weight.value()[t * features + c];
                }
                largest = Math.max(largest, logits[t]);
            }
            double sum = 0;
            for (double logit : logits) {
                sum += Math.exp(logit - largest);
            }
            loss += largest + Math.log(sum) - logits[targets[i]];
            for (int t = 0; t < vocabulary; t++) {
                double dz =
                        scale * (Math.exp(logits[t] - largest) / sum - (t == targets[i] ? 1 : 0));
                for (int c = 0; c < features; c++) {
                    dHidden[i * features + c] += dz * weight.value()[t * features + c];
                    dWeight[t * features + c] += dz * hidden[i * features + c];
                }
            }
        }
        CrossEntropy crossEntropy = new CrossEntropy(Linear.trainedTied(weight), n);
        assertThat(crossEntropy.forward(hidden, n, targets))
                .isCloseTo(loss, within(1e-5 * loss + 1e-5));
        float[] actual = new float[hidden.length];
        assertThat(crossEntropy.backward(hidden, n, targets, scale, actual))
                .isCloseTo(loss, within(1e-5 * loss + 1e-5));
        // As much as 60,000 terms that are added one by one in single precision differ by.
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).isCloseTo(dHidden[i], within(2e-4));
        }
        for (int i = 0; i < dWeight.length; i++) {
            if (!(Math.abs(weight.gradient()[i] - dWeight[i]) <= 1e-5 * size)) {
                assertThat((double) weight.gradient()[i])
                        .isCloseTo(dWeight[i], within(1e-5 * size));
            }
        }
    }

    private static void fill(float[] values, Random random, float size) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (size * random.nextGaussian());
        }
    }
}

package heed.transformer.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import heed.transformer.model.PretrainedEncoder;
import heed.transformer.testing.OnnxRuntimeOracle;
import heed.transformer.testing.Texts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The vectors of the default model, against ONNX Runtime with one text at a time. */
final class TextEmbedderTest {
    private static final float TOLERANCE = 2e-5f;
    private static final float ALONE_OR_PACKED = 1e-6f;

    private static PretrainedEncoder bert;
    private static TextEmbedder embedder;

    @BeforeAll
    static void open() throws IOException {
        bert = PretrainedEncoder.open(PretrainedEncoder.MINILM);
        embedder = TextEmbedder.open(PretrainedEncoder.MINILM);
    }

    @AfterAll
    static void close() {
        embedder.close();
        bert.close();
    }

    /** Several packs: from 2 tokens to as many as the model reads, in no order. */
    private static List<String> texts() {
        List<String> texts = new ArrayList<>(Texts.mixed());
        texts.add("The cat sat. ".repeat(64).substring(0, 826));
        texts.add("The dog ran. ".repeat(62));
        texts.add("\u200b");
        texts.add("same");
        texts.add("same");
        Collections.shuffle(texts, new Random(4));
        return texts;
    }

    @Test
    void agreesWithOnnxRuntimeOnEveryTextOfACall() throws IOException, OrtException {
        List<String> texts = texts();
        float[][] vectors = embedder.embed(texts);

        assertThat(texts).hasSizeGreaterThan(20);
        assertThat(vectors).hasDimensions(texts.size(), 384);
        try (OnnxRuntimeOracle oracle = new OnnxRuntimeOracle()) {
            for (int i = 0; i < vectors.length; i++) {
                int[] ids = bert.tokenizer().encode(texts.get(i)).ids();
                assertClose(
                        vectors[i],
                        normalisedMean(oracle.run(ids).hidden(), ids.length),
                        TOLERANCE,
                        texts.get(i));
            }
        }
    }

    @Test
    void aTextHasTheVectorThatItHasAlone() {
        List<String> texts = texts();
        float[][] packed = embedder.embed(texts);

        for (int i = 0; i < packed.length; i++) {
            float[] alone = embedder.embed(List.of(texts.get(i)))[0];
            assertClose(packed[i], alone, ALONE_OR_PACKED, texts.get(i));
        }
    }

    @Test
    void vectorsHaveLengthOneAndMeaning() {
        float[][] vectors =
                embedder.embed(
                        List.of(
                                "A dog is playing in the garden.",
                                "Interest rates rose again last month.",
                                "A puppy runs around on the lawn."));

        for (float[] vector : vectors) {
            assertThat(dot(vector, vector)).isCloseTo(1, within(1e-6));
        }
        assertThat(dot(vectors[0], vectors[2])).isGreaterThan(0.5);
        assertThat(dot(vectors[0], vectors[1])).isLessThan(0.2);
    }

    @Test
    void tellsItsProgress() {
        List<Integer> seen = new ArrayList<>();
        embedder.embed(texts(), "", seen::add);

        assertThat(seen).hasSizeGreaterThan(1).isSorted().doesNotHaveDuplicates();
        assertThat(seen.getLast()).isEqualTo(texts().size());
    }

    @Test
    void noTextsHaveNoVectors() {
        assertThat(embedder.embed(List.of())).isEmpty();
        assertThat(embedder.dimensions()).isEqualTo(384);
    }

    @Test
    void namesATextThatIsTooLong() {
        List<Integer> seen = new ArrayList<>();
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                embedder.embed(
                                        List.of("short", "word ".repeat(255), "short"),
                                        "",
                                        seen::add))
                .withMessage("text 2 has 257 tokens, minilm takes at most 256");
        assertThat(seen).isEmpty();
    }

    /** As sentence-transformers defines it: the mean over all tokens, divided by its length. */
    private static float[] normalisedMean(float[] hidden, int n) {
        int features = hidden.length / n;
        float[] mean = new float[features];
        double squares = 0;
        for (int i = 0; i < features; i++) {
            double sum = 0;
            for (int row = 0; row < n; row++) {
                sum += hidden[row * features + i];
            }
            mean[i] = (float) (sum / n);
            squares += sum / n * (sum / n);
        }
        for (int i = 0; i < features; i++) {
            mean[i] /= (float) Math.sqrt(squares);
        }
        return mean;
    }

    private static double dot(float[] x, float[] y) {
        double dot = 0;
        for (int i = 0; i < x.length; i++) {
            dot += (double) x[i] * y[i];
        }
        return dot;
    }

    private static void assertClose(
            float[] actual, float[] expected, float tolerance, String text) {
        assertThat(actual).as(text).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).as(text).isCloseTo(expected[i], within(tolerance));
        }
    }
}

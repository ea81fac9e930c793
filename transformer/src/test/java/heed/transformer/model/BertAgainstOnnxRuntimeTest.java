package heed.transformer.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import heed.attention.AttentionWeights;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every hidden state and every attention weight of the default model, against ONNX Runtime. */
final class BertAgainstOnnxRuntimeTest {
    private static final float TOLERANCE = 2e-5f;

    private static PretrainedBert bert;
    private static OnnxRuntimeOracle oracle;

    @BeforeAll
    static void openBoth() throws IOException, OrtException {
        bert = PretrainedBert.open(PretrainedBert.MINILM);
        oracle = new OnnxRuntimeOracle();
    }

    @AfterAll
    static void closeBoth() throws OrtException {
        bert.close();
        oracle.close();
    }

    static List<String> texts() {
        return List.of(
                "The trophy didn't fit in the suitcase because it was too big.",
                "The trophy didn't fit in the suitcase because it was too small.",
                "a",
                "Attention is all you need.",
                "The animal didn't cross the street because it was too tired.",
                "The boy thanked the girl because she had helped him.",
                "The keys to the cabinet are on the table.",
                "Time flies like an arrow; fruit flies like a banana.",
                "\"Why,\" she asked, \"would a state-of-the-art model care?\"",
                "E = mc², 3.14159, 1,000,000 and 50 % of $9.99!",
                "for (int i = 0; i < n; i++) { sum += x[i]; }",
                "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
                "Paris is the [MASK] of France. [SEP] Berlin is not.",
                "Zażółć gęślą jaźń, naïve façade, Ångström, ÇA VA",
                "e\u0301 a\u0308 n\u0303 combining accents: cafe\u0301",
                "你好世界，今天天气很好。",
                "東京は日本の首都です。カタカナとひらがな。",
                "한국어 문장입니다.",
                "مرحبا بالعالم، كيف حالك؟",
                "שלום עולם",
                "Привет, мир! Как дела?",
                "नमस्ते दुनिया",
                "👩‍👩‍👧‍👦 family, 👍🏽 thumb, 🇩🇪 flag and 🙂",
                "tabs\tand\nnew lines\r\n  and   spaces",
                "...!!!???",
                "word ".repeat(127).strip(),
                "one two three four five six seven eight nine ten ".repeat(20).strip());
    }

    @ParameterizedTest
    @MethodSource("texts")
    void agreesOn(String text) throws OrtException {
        assertAgreement(bert.tokenizer().encode(text).ids());
    }

    @Test
    void agreesOnAsManyTokensAsTheModelReads() throws OrtException {
        int[] ids = bert.tokenizer().encode("The cat sat. ".repeat(128).substring(0, 1658)).ids();
        assertThat(ids).hasSize(512);
        assertAgreement(ids);
    }

    @Test
    void agreesOnOneTokenAlone() throws OrtException {
        assertAgreement(new int[] {2009});
    }

    private static void assertAgreement(int[] ids) throws OrtException {
        List<AttentionWeights> attended = new ArrayList<>();
        float[] hidden =
                bert.model()
                        .forward(
                                ids,
                                (layer, input, output) -> {
                                    assertThat(layer).isEqualTo(attended.size());
                                    attended.add(new AttentionWeights(input, output));
                                });
        OnnxRuntimeOracle.Result expected = oracle.run(ids);

        assertThat(largestDifference(hidden, expected.hidden())).isLessThan(TOLERANCE);
        assertThat(attended).hasSize(expected.weights().size());
        for (int layer = 0; layer < attended.size(); layer++) {
            assertThat(largestDifference(all(attended.get(layer)), expected.weights().get(layer)))
                    .as("layer %d", layer)
                    .isLessThan(TOLERANCE);
        }
    }

    /** The weights of all heads of a layer, {@code [heads, n, n]}. */
    private static float[] all(AttentionWeights weights) {
        int n = weights.input().q().rows();
        int heads = weights.input().q().heads();
        float[] all = new float[heads * n * n];
        for (int head = 0; head < heads; head++) {
            float[][] tile = weights.tile(head, 0, n, 0, n);
            for (int row = 0; row < n; row++) {
                System.arraycopy(tile[row], 0, all, (head * n + row) * n, n);
            }
        }
        return all;
    }

    /** NaN if a NaN is among them, which no tolerance admits. */
    private static float largestDifference(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        float largest = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
        }
        return largest;
    }
}

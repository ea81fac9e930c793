package heed.transformer.model;

import static heed.transformer.testing.Differences.largest;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import heed.transformer.testing.SeenWeights;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every hidden state and every attention weight of the default model, against ONNX Runtime. */
final class BertAgainstOnnxRuntimeTest {
    private static final double TOLERANCE = 2e-5;

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
        SeenWeights attended = new SeenWeights();
        float[] hidden = bert.model().forward(ids, attended);
        OnnxRuntimeOracle.Result expected = oracle.run(ids);

        assertThat(largest(hidden, expected.hidden())).isLessThan(TOLERANCE);
        assertThat(attended.layers()).hasSize(expected.weights().size());
        for (int layer = 0; layer < expected.weights().size(); layer++) {
            assertThat(largest(attended.layers().get(layer), expected.weights().get(layer)))
                    .as("layer %d", layer)
                    .isLessThan(TOLERANCE);
        }
    }
}

package heed.transformer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.attention.KvCache;
import heed.transformer.generate.Sampler;
import heed.transformer.generate.TextGenerator;
import heed.transformer.layer.AttentionProbe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real model, SmolLM2-135M-Instruct in Q4_1, against {@code transformers} reading the same file:
 * see {@code make_smollm2.py}, which also says where the file is had.
 */
@EnabledIfSystemProperty(
        named = SmolLm2Test.FILE,
        matches = ".+",
        disabledReason = "the 99 MB of the model are not part of the project")
final class SmolLm2Test {
    static final String FILE = "heed.smollm2";

    private static final int STEP = 768;

    private static JsonNode golden;
    private static PretrainedDecoder decoder;

    @BeforeAll
    static void open() throws IOException {
        try (InputStream json = SmolLm2Test.class.getResourceAsStream("smollm2.json")) {
            golden = JsonMapper.shared().readTree(Objects.requireNonNull(json));
        }
        decoder = PretrainedDecoder.open(Path.of(System.getProperty(FILE)));
    }

    @AfterAll
    static void close() {
        decoder.close();
    }

    @Test
    void logitsOf64TokensAreThoseOfTransformers() {
        int[] ids = decoder.tokenizer().encode(golden.required("prompt").stringValue()).ids();
        assertThat(ids).isEqualTo(ids("ids"));

        CausalModel model = decoder.model();
        int[] best = ids("best");
        float[] hidden =
                model.forward(
                        Arrays.copyOf(ids, best.length), model.newCaches(), AttentionProbe.none());
        float[] logits = model.logits(hidden);
        int vocabulary = model.vocabulary();
        for (int token = 0; token < best.length; token++) {
            JsonNode row = golden.required("logits").get(token);
            float[] of = Arrays.copyOfRange(logits, token * vocabulary, (token + 1) * vocabulary);
            double largest = row.get(row.size() - 1).doubleValue();
            double tolerance = 1e-3 * Math.abs(largest);
            for (int i = 0; i < row.size() - 1; i++) {
                assertThat((double) of[i * STEP])
                        .as("token %d, piece %d", token, i * STEP)
                        .isCloseTo(row.get(i).doubleValue(), within(tolerance));
            }
            assertThat((double) of[best[token]]).isCloseTo(largest, within(tolerance));
        }
    }

    @Test
    void fiftyGreedyTokensAreThoseOfTransformers() {
        TextGenerator.Result result =
                new TextGenerator(decoder)
                        .generate(
                                ids("ids"),
                                ids("greedy").length,
                                new Sampler(Sampler.Settings.GREEDY),
                                KvCache.Storage.FLOAT32,
                                List.of(),
                                AttentionProbe.none(),
                                step -> {});
        assertThat(result.steps().stream().mapToInt(TextGenerator.Step::id).toArray())
                .isEqualTo(ids("greedy"));
    }

    private static int[] ids(String key) {
        JsonNode list = golden.required(key);
        int[] ids = new int[list.size()];
        Arrays.setAll(ids, i -> list.get(i).intValue());
        return ids;
    }
}

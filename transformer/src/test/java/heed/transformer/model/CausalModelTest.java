package heed.transformer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import heed.attention.AttentionWeights;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.layer.AttentionProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Against what {@code transformers} says of tiny models: see make_causal_models.py. */
final class CausalModelTest {
    private static final Path MODELS = Path.of("src/test/resources/heed/transformer/model/causal");
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2",
                "llama",
                "llama-linear",
                "llama-llama3",
                "llama-yarn",
                "llama-bias",
                "llama-own-head-dim",
                "llama-bf16",
                "llama-sharded",
                "mistral",
                "qwen2",
                "qwen3"
            })
    void agreesWithTransformers(String name) throws IOException {
        CausalModel model = open(name);
        JsonNode golden = golden(name);
        int[] ids = ids(golden.required("ids"));
        List<AttentionWeights> seen = new ArrayList<>();
        float[] logits =
                model.logits(
                        model.forward(
                                ids,
                                model.newCaches(),
                                (layer, input, output) ->
                                        seen.add(new AttentionWeights(input, output))));

        for (int row = 0; row < ids.length; row++) {
            for (int i = 0; i < model.vocabulary(); i++) {
                assertThat(
                                Math.abs(
                                        logits[row * model.vocabulary() + i]
                                                - golden.required("logits")
                                                        .get(row)
                                                        .get(i)
                                                        .doubleValue()))
                        .as("logit %d of token %d", i, row)
                        .isLessThan(TOLERANCE);
            }
        }
        JsonNode attentions = golden.required("attentions");
        for (int layer = 0; layer < attentions.size(); layer++) {
            for (int head = 0; head < model.heads(); head++) {
                for (int query = 0; query < ids.length; query++) {
                    float[] weights = seen.get(layer).row(head, query);
                    JsonNode expected = attentions.get(layer).get(head).get(query);
                    for (int key = 0; key < ids.length; key++) {
                        assertThat(Math.abs(weights[key] - expected.get(key).doubleValue()))
                                .as("L%dH%d, %d → %d", layer, head, query, key)
                                .isLessThan(TOLERANCE);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "llama-yarn", "mistral", "qwen2", "qwen3"})
    void goesOnAsTransformersDoesTokenByToken(String name) throws IOException {
        CausalModel model = open(name);
        JsonNode golden = golden(name);
        LayerCaches caches = model.newCaches();
        int[] next = ids(golden.required("ids"));
        for (int expected : ids(golden.required("greedy"))) {
            float[] logits = model.nextLogits(next, caches, AttentionProbe.none());
            int best = 0;
            for (int i = 1; i < logits.length; i++) {
                best = logits[i] > logits[best] ? i : best;
            }
            assertThat(best).isEqualTo(expected);
            next = new int[] {best};
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2, 1", "gpt2, 7", "llama, 5", "mistral, 3", "qwen3, 23"})
    void aCacheChangesNothing(String name, int first) throws IOException {
        CausalModel model = open(name);
        int[] ids = ids(golden(name).required("ids"));
        float[] whole = model.nextLogits(ids, model.newCaches(), AttentionProbe.none());
        LayerCaches caches = model.newCaches();
        model.forward(Arrays.copyOf(ids, first), caches, AttentionProbe.none());
        float[] parts =
                model.nextLogits(
                        Arrays.copyOfRange(ids, first, ids.length), caches, AttentionProbe.none());

        assertThat(caches.length()).isEqualTo(ids.length);
        for (int i = 0; i < whole.length; i++) {
            assertThat(Math.abs(whole[i] - parts[i])).isLessThan((float) TOLERANCE);
        }
    }

    @Test
    void refusesMoreTokensThanItReads() throws IOException {
        CausalModel model = open("gpt2");
        LayerCaches caches = model.newCaches();
        model.forward(new int[120], caches, AttentionProbe.none());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.forward(new int[9], caches, AttentionProbe.none()))
                .withMessage("the model reads 1 to 128 tokens, not 129");
        assertThat(caches.length()).isEqualTo(120);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.forward(new int[] {80}, caches, AttentionProbe.none()))
                .withMessage("token 0 has id 80, the vocabulary has ids 0 to 79");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"model_type\": \"llama\"; \"model_type\": \"bloom\"; the model is of type bloom",
                "\"num_hidden_layers\": 2; \"num_hidden_layers\": 3; has no tensor model.layers.2.",
                "\"hidden_size\": 32; \"hidden_size\": 0; hidden_size should be a number of 1 at least, not 0",
                "\"rope_type\": \"default\"; \"rope_type\": \"longrope\"; positions are scaled by longrope",
            })
    void refusesWhatItCannotRead(String from, String to, String message, @TempDir Path folder)
            throws IOException {
        Path model = MODELS.resolve("llama");
        String config = Files.readString(model.resolve("config.json"));
        assertThat(config).contains(from);
        Files.writeString(folder.resolve("config.json"), config.replace(from, to));
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        Files.copy(model.resolve("model.safetensors"), folder.resolve("model.safetensors"));

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> CausalModels.open(ModelFolder.of(folder)))
                .withMessageContaining(message);
    }

    private static CausalModel open(String name) throws IOException {
        Path folder = MODELS.resolve(name);
        Path index = folder.resolve("model.safetensors.index.json");
        Path weights = folder.resolve("model.safetensors");
        return CausalModels.open(
                new ModelFolder(
                        folder,
                        folder.resolve("config.json"),
                        folder.resolve("tokenizer.json"),
                        Files.exists(weights) ? weights : index));
    }

    private static JsonNode golden(String name) throws IOException {
        return JsonMapper.shared()
                .readTree(Files.readAllBytes(MODELS.resolve(name).resolve("golden.json")));
    }

    private static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = list.get(i).intValue();
        }
        return ids;
    }
}

package heed.transformer.model;

import static org.assertj.core.api.Assertions.assertThat;

import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.layer.RotaryEmbedding.Pairs;
import heed.transformer.testing.RotaryCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** Positions as configurations ask for them: see make_rotary.py. */
final class LlamaConfigsTest {
    @TempDir private Path folder;

    static List<RotaryCase> cases() {
        return RotaryCase.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void readsThePositionsOfToday(RotaryCase golden) throws IOException {
        assertReads(golden, "\"rope_parameters\": " + golden.json().required("rope"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void readsThePositionsOfOlderFolders(RotaryCase golden) throws IOException {
        ObjectNode rope = (ObjectNode) golden.json().required("rope").deepCopy();
        String base = "\"rope_theta\": " + rope.remove("rope_theta");
        rope.set("type", rope.remove("rope_type"));
        boolean scaled = !rope.required("type").stringValue().equals("default");

        assertReads(golden, base + ", \"rope_scaling\": " + (scaled ? rope : "null"));
    }

    private void assertReads(RotaryCase golden, String positions) throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(
                file,
                """
                {"model_type": "llama", "vocab_size": 10, "hidden_size": %d,
                 "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
                 "max_position_embeddings": 131072, %s}
                """
                        .formatted(2 * golden.columns(), positions));
        Llama.Config config = LlamaConfigs.of(JsonConfig.read(file));

        assertThat(config.rotary().pairs()).isEqualTo(Pairs.HALVES);
        golden.assertAgrees(config.rotary());
    }
}

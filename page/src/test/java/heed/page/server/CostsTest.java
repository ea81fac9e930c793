package heed.page.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.cost.AttentionCost;
import heed.microscope.cost.ModelShape;
import heed.microscope.cost.Quantities;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the server says that attention costs is what {@code heed plan} says. */
class CostsTest {
    private static ModelShelf shelf;
    private static PageServer server;
    private static PageClient client;

    @BeforeAll
    static void start() throws IOException {
        shelf = new ModelShelf();
        shelf.add("minilm", PretrainedModel.open("minilm"));
        server = PageServer.start(0, shelf);
        client = new PageClient(server);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        shelf.close();
    }

    private static String question(String shape, int tokens) {
        return """
        {"shape": "%s", "tokens": %d, "workers": 1, "network": 10}"""
                .formatted(shape, tokens);
    }

    private static String with(String question, String fields) {
        ObjectNode node = (ObjectNode) JsonMapper.shared().readTree(question);
        return node.setAll((ObjectNode) JsonMapper.shared().readTree("{" + fields + "}"))
                .toString();
    }

    @Test
    void countsArePlansOwn() throws Exception {
        JsonNode answer = client.ask("/api/cost", question("gpt-2", 128_000));
        AttentionCost cost = new AttentionCost(ModelShape.preset("gpt-2").orElseThrow(), 128_000);
        int threads = Runtime.getRuntime().availableProcessors();
        assertThat(answer.required("scores").get(0).stringValue()).isEqualTo("16,384,000,000");
        assertThat(answer.required("computed").get(2).stringValue()).isEqualTo("1,179,657,216,000");
        assertThat(answer.required("operations").get(2).stringValue()).isEqualTo("302 TFLOP");
        assertThat(answer.required("naive").stringValue()).isEqualTo("786 GB");
        assertThat(answer.required("tiled").stringValue())
                .isEqualTo(Quantities.scaled(cost.bytesTiled(threads), "B"));
        assertThat(answer.required("cache").get(1).stringValue()).isEqualTo("9.44 GB");
        assertThat(answer.required("point").required("naive").doubleValue())
                .isEqualTo(786_432_000_000.0);
        JsonNode curve = answer.required("curve");
        assertThat(curve).hasSize(14);
        assertThat(curve.get(0).required("tokens").intValue()).isEqualTo(128);
        assertThat(curve.get(13).required("tokens").intValue()).isEqualTo(1 << 20);
        for (int i = 1; i < 14; i++) {
            assertThat(curve.get(i).required("naive").doubleValue())
                    .isEqualTo(4 * curve.get(i - 1).required("naive").doubleValue());
        }
        assertThat(answer.has("cluster")).isFalse();
    }

    @Test
    void shapesAreOfModelsOfPresetsOrGivenInNumbers() throws Exception {
        JsonNode minilm = client.ask("/api/cost", question("minilm", 512));
        assertThat(minilm.required("heads").intValue()).isEqualTo(12);
        assertThat(minilm.required("headDim").intValue()).isEqualTo(32);
        assertThat(minilm.required("causal").booleanValue()).isFalse();
        assertThat(minilm.required("presets").get(2).stringValue()).isEqualTo("gpt-4");

        String custom =
                with(
                        question("custom", 1000),
                        "\"layers\": 32, \"heads\": 32, \"kvHeads\": 8, \"headDim\": 128");
        JsonNode causal = client.ask("/api/cost", custom);
        assertThat(causal.required("cache").get(1).stringValue()).isEqualTo("262 MB");
        assertThat(causal.required("causal").booleanValue()).isTrue();
        JsonNode full = client.ask("/api/cost", with(custom, "\"causal\": false"));
        assertThat(full.required("computed")).isEqualTo(full.required("scores"));
    }

    @Test
    void theMachineIsTriedOnceForTheSizeOfAHead() throws Exception {
        JsonNode one = client.ask("/api/cost", question("gpt-2", 65_536));
        JsonNode other = client.ask("/api/cost", question("gpt-2", 131_072));
        assertThat(other.required("speed").required("tokens"))
                .isEqualTo(one.required("speed").required("tokens"));
        double gflops = number(one);
        assertThat(number(other)).isCloseTo(gflops, within(0.02 * gflops));
        JsonNode ring = client.ask("/api/cost", with(question("gpt-2", 65_536), "\"workers\": 8"));
        assertThat(ring.required("cluster").required("memory").stringValue()).endsWith("B");
        JsonNode never =
                client.ask(
                        "/api/cost",
                        with(question("gpt-2", 128), "\"workers\": 8, \"network\": 0.001"));
        assertThat(never.required("cluster").has("time")).isTrue();
    }

    private static double number(JsonNode answer) {
        return Double.parseDouble(answer.required("speed").required("gflops").stringValue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"shape\": \"gpt-9\"",
                "\"shape\": 7",
                "\"shape\": \"../minilm\"",
                "\"shape\": \"custom\"",
                "\"tokens\": 127",
                "\"tokens\": -1",
                "\"tokens\": 1048577",
                "\"tokens\": 99999999999999999999",
                "\"tokens\": 1e3",
                "\"tokens\": null",
                "\"workers\": 0",
                "\"workers\": 10001",
                "\"workers\": \"8\"",
                "\"network\": 0",
                "\"network\": -1",
                "\"network\": 1e999",
                "\"network\": null",
                "\"shape\": \"custom\", \"layers\": 0, \"heads\": 1, \"kvHeads\": 1, \"headDim\": 64",
                "\"shape\": \"custom\", \"layers\": 1, \"heads\": 12, \"kvHeads\": 5, \"headDim\": 64",
                "\"shape\": \"custom\", \"layers\": 1, \"heads\": 4, \"kvHeads\": 8, \"headDim\": 64",
                "\"shape\": \"custom\", \"layers\": 1, \"heads\": 1001, \"kvHeads\": 1, \"headDim\": 64",
                "\"shape\": \"custom\", \"layers\": 1, \"heads\": 1, \"kvHeads\": 1, \"headDim\": 65",
                "\"shape\": \"custom\", \"layers\": 1, \"heads\": 1, \"kvHeads\": 1, \"headDim\": 4096"
            })
    void badQuestionsAreRefused(String bad) throws Exception {
        client.assertRefused("/api/cost", with(question("gpt-2", 4096), bad));
    }
}

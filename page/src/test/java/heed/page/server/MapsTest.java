package heed.page.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.attention.AttentionWeights;
import heed.microscope.AttentionTrace;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.map.HeadMap;
import heed.microscope.map.MapCode;
import heed.microscope.map.QueriesAndKeys;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the server says of maps. */
final class MapsTest {
    private static final String TEXT = "To be, or not to be, that is the question";
    private static final String OF_TEXT =
            "{\"model\": \"shakespeare\", \"text\": \"%s\", \"head\": \"L2H1\"}".formatted(TEXT);
    private static final int TOKENS = 9_000;
    private static final int COLUMNS = 4;

    private static ModelShelf shelf;
    private static PageServer server;
    private static PageClient client;

    @BeforeAll
    static void start() throws IOException {
        shelf = new ModelShelf();
        shelf.add("shakespeare", PretrainedModel.open("shakespeare"));
        Random random = new Random(1);
        float[] data = new float[2 * TOKENS * COLUMNS];
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) random.nextGaussian();
        }
        StoredTensor tensor =
                new StoredTensor(
                        "t",
                        List.of(2, TOKENS, COLUMNS),
                        ElementType.F32,
                        MemorySegment.ofArray(data));
        shelf.add("qk", new QueriesAndKeys(tensor, tensor, true));
        float[] broken = new float[8];
        Arrays.fill(broken, Float.NaN);
        StoredTensor nan =
                new StoredTensor(
                        "<img src=x>",
                        List.of(2, 4),
                        ElementType.F32,
                        MemorySegment.ofArray(broken));
        shelf.add("nan", new QueriesAndKeys(nan, nan, false));
        server = PageServer.start(0, shelf);
        client = new PageClient(server);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        shelf.close();
    }

    private static JsonNode open(String head) throws IOException, InterruptedException {
        return ask("{\"matrices\": \"qk\", \"head\": \"%s\"}".formatted(head));
    }

    /** Asks until what is to be read is read. */
    private static JsonNode ask(String question) throws IOException, InterruptedException {
        JsonNode map = client.ask("/api/map", question);
        while (!map.required("ready").asBoolean()) {
            Thread.sleep(20);
            map = client.ask("/api/map", question);
        }
        return map;
    }

    private static String path(JsonNode map, String rest) {
        return "/api/map/" + map.required("run").stringValue() + "/" + rest;
    }

    private static String asked(JsonNode map, String more) {
        return "{\"run\": %s, \"head\": %s%s}"
                .formatted(map.required("run"), map.required("head"), more);
    }

    private static void waitUntilBuilt(JsonNode map) throws IOException, InterruptedException {
        while (!client.ask("/api/map/state", asked(map, "")).required("built").asBoolean()) {
            Thread.sleep(20);
        }
    }

    @Test
    void aTextIsMappedByItsOwnWeights() throws Exception {
        JsonNode map = ask(OF_TEXT);
        PretrainedModel model = shelf.get("shakespeare");
        AttentionTrace trace = AttentionTrace.ofAll();
        ModelRun run = ModelRun.of(model, ModelRun.encode(model, TEXT), trace, Listener.none());
        int n = run.tokens().size();
        assertThat(map.required("queries").intValue()).isEqualTo(n);
        assertThat(map.required("tokens")).hasSize(n);
        byte[] codes = client.get(path(map, "2/1/max/0/0/0"));
        AttentionWeights weights = trace.weights(2, IntStream.range(0, n).toArray());
        for (int query = 0; query < n; query++) {
            float[] row = weights.row(1, query);
            for (int key = 0; key < n; key++) {
                int code = codes[query * HeadMap.TILE + key] & 0xff;
                assertThat(code).isEqualTo(key > query ? MapCode.HIDDEN : MapCode.of(row[key]));
            }
        }
        JsonNode spot =
                client.ask(
                        "/api/map/spot", asked(map, ", \"level\": 0, \"row\": 12, \"column\": 6"));
        assertThat(spot.required("weight").doubleValue())
                .isCloseTo(weights.row(1, 12)[6], within(1e-7));
    }

    @Test
    void aWholeTileStaysAsItIs() throws Exception {
        JsonNode map = open("L0H1");
        waitUntilBuilt(map);
        HttpResponse<byte[]> tile = client.fetch(path(map, "0/1/mass/6/0/0"));
        String tag = tile.headers().firstValue("ETag").orElseThrow();
        assertThat(tile.headers().firstValue("Cache-Control"))
                .hasValue("private, max-age=3600, immutable");
        HttpResponse<byte[]> again =
                client.fetch(path(map, "0/1/mass/6/0/0"), "If-None-Match", tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(client.fetch(path(map, "0/1/max/0/0/9")).statusCode()).isEqualTo(204);
        assertThat(client.ask("/api/map/needles", asked(map, "")).required("needles")).isNotEmpty();
    }

    /** Who leaves a map that is being made ends that; who comes again has it made again. */
    @Test
    void aMapThatWasLeftIsMadeAgain() throws Exception {
        JsonNode map = open("L0H0");
        assertThat(client.ask("/api/map/leave", asked(map, "")).required("left").asBoolean())
                .isTrue();
        JsonNode again = open("L0H0");
        waitUntilBuilt(again);
        byte[] alone = client.get(path(again, "0/0/max/6/0/0"));
        try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
            List<Future<byte[]>> tiles = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String at = i % 2 == 0 ? "0/0/max/6/0/0" : "0/0/max/%d/1/0".formatted(i % 5);
                tiles.add(clients.submit(() -> client.get(path(again, at))));
            }
            for (int i = 0; i < tiles.size(); i += 2) {
                assertThat(tiles.get(i).get()).isEqualTo(alone);
                assertThat(tiles.get(i + 1).get()).hasSize(HeadMap.TILE * HeadMap.TILE);
            }
        }
    }

    /** A reading that was left is not gone on with; who asks again has it read anew. */
    @Test
    void aTextThatWasLeftIsReadAgain() throws Exception {
        String text = "To be, or not to be ".repeat(6);
        String question = OF_TEXT.replace(TEXT, text);
        JsonNode begun = client.ask("/api/map", question);
        assertThat(client.send("/api/map/leave", asked(begun, "")).statusCode()).isEqualTo(200);
        HttpResponse<String> answer = client.send("/api/map", question);
        while (answer.statusCode() != 200 || !answer.body().contains("\"ready\":true")) {
            assertThat(answer.statusCode()).isIn(200, 409);
            Thread.sleep(20);
            answer = client.send("/api/map", question);
        }
        assertThat(answer.body()).contains("\"queries\":%d".formatted(text.length()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0/0/max/7/0/0",
                "0/0/max/-1/0/0",
                "0/0/max/0/36/0",
                "0/0/max/0/0/36",
                "0/0/max/0/-1/0",
                "0/0/max/0/9999999/9999999",
                "0/0/max/0/99999999999999999999/0",
                "0/0/max/0/0x1/0",
                "0/0/max/1e3/0/0",
                "0/0/max/%00/0/0",
                "0/0/min/0/0/0",
                "0/0/%3Cscript%3E/0/0/0",
                "9/0/max/0/0/0",
                "0/2/max/0/0/0",
                "0/99999999999999999999/max/0/0/0",
                "-1/0/max/0/0/0",
                "..%2f..%2f0/0/max/0/0/0",
                "0/0/max/0/0",
                "0/0/max/0/0/0/0"
            })
    void noSuchTile(String at) throws Exception {
        HttpResponse<byte[]> answer = client.fetch(path(open("L0H0"), at));
        assertThat(answer.statusCode()).as(at).isBetween(400, 499);
        assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                .doesNotContain("Exception", "at heed", "<script>");
        assertThat(client.fetch("/").statusCode()).isEqualTo(200);
    }

    @Test
    void aTileIsForThePageAlone() throws Exception {
        String path = path(open("L0H0"), "0/0/max/0/0/0");
        assertThat(client.fetch(path).statusCode()).isEqualTo(200);
        for (String site : List.of("cross-site", "same-site", "none")) {
            assertThat(client.fetchFrom(site, path).statusCode()).isEqualTo(403);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"head\": \"L0H0\"}",
                "{\"matrices\": \"../qk\", \"head\": \"L0H0\"}",
                "{\"matrices\": \"/etc/passwd\", \"head\": \"L0H0\"}",
                "{\"matrices\": \"qk\", \"head\": \"L1H0\"}",
                "{\"matrices\": \"qk\", \"head\": \"L0H2\"}",
                "{\"matrices\": \"qk\", \"head\": \"L0H-1\"}",
                "{\"matrices\": \"qk\", \"head\": \"L0H99999999999\"}",
                "{\"matrices\": \"nan\", \"head\": \"L0H0\"}",
                "{\"matrices\": 7, \"head\": []}",
                "{\"model\": \"shakespeare\", \"text\": \"\", \"head\": \"L0H0\"}",
                "{\"model\": \"shakespeare\", \"text\": \"a\", \"head\": \"L99H0\"}",
                "{\"model\": \"none\", \"text\": \"a\", \"head\": \"L0H0\"}"
            })
    void noSuchMap(String question) throws Exception {
        client.assertRefused("/api/map", question);
    }

    @Test
    void noSuchCell() throws Exception {
        JsonNode map = open("L0H0");
        for (String at :
                List.of(
                        "",
                        ", \"level\": 0, \"row\": 9000, \"column\": 0",
                        ", \"level\": 3, \"row\": 8000, \"column\": 0",
                        ", \"level\": -1, \"row\": 0, \"column\": 0",
                        ", \"level\": 99, \"row\": 0, \"column\": 0",
                        ", \"level\": 0, \"row\": 1e99, \"column\": 0",
                        ", \"level\": 0, \"row\": \"0\", \"column\": {}")) {
            client.assertRefused("/api/map/spot", asked(map, at));
        }
        for (String path : List.of("/api/map/state", "/api/map/leave", "/api/map/needles")) {
            client.assertRefused(path, "{}");
            client.assertRefused(path, "{\"run\": \"no\", \"head\": \"L0H0\"}");
            client.assertRefused(path, asked(map, "").replace("L0H0", "L7H0"));
        }
        client.assertRefused(
                "/api/map",
                "{\"model\": \"shakespeare\", \"text\": \"%s\", \"head\": \"L0H0\"}"
                        .formatted("a ".repeat(2_000)));
    }
}

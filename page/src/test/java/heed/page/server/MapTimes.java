package heed.page.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.Heads;
import heed.microscope.map.HeadMap;
import heed.microscope.map.MapCode;
import heed.microscope.map.QueriesAndKeys;
import heed.transformer.checkpoint.SafetensorsWriter;
import heed.transformer.model.PretrainedModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * How long the map of a head of 131,072 tokens takes, and whether it is right. The times are
 * printed, and nothing is asserted of them.
 */
@EnabledIfSystemProperty(
        named = "heed.page.times",
        matches = "true",
        disabledReason = "a measurement: see docs/performance.md")
final class MapTimes {
    private static final int TOKENS = Integer.getInteger("heed.map.tokens", 131_072);
    private static final int COLUMNS = 64;
    private static final int HOPS = 20;
    private static final int CLIENTS = 8;
    private static final long LOAD_SECONDS = 60;
    private static final long MEBI = 1 << 20;
    private static final int PREVIEW_MILLIS = 20;

    @TempDir private Path folder;

    private final Random random = new Random(1);
    private final float[] q = normal();
    private final float[] k = normal();

    private float[] normal() {
        float[] data = new float[TOKENS * COLUMNS];
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) random.nextGaussian();
        }
        return data;
    }

    @Test
    void times() throws Exception {
        int[] needle = {TOKENS / 4 * 3, TOKENS / 100};
        for (int c = 0; c < COLUMNS; c++) {
            q[needle[0] * COLUMNS + c] = 2.5f * k[needle[1] * COLUMNS + c];
        }
        printForward();
        Path file = folder.resolve("qk.safetensors");
        new SafetensorsWriter()
                .put("q", List.of(1, TOKENS, COLUMNS), q)
                .put("k", List.of(1, TOKENS, COLUMNS), k)
                .write(file);
        try (ModelShelf shelf = new ModelShelf()) {
            shelf.add("shakespeare", PretrainedModel.open("shakespeare"));
            shelf.add("qk", QueriesAndKeys.open(List.of(file), true));
            try (PageServer server = PageServer.start(0, shelf);
                    PageClient client = new PageClient(server)) {
                long before = used();
                JsonNode map = build(client);
                System.out.printf(
                        "memory: %d MB more, of which queries and keys %d and the levels %d%n",
                        (used() - before) / MEBI,
                        2L * TOKENS * COLUMNS * Float.BYTES / MEBI,
                        2L * TOKENS / 32 * (TOKENS / 32) * 4 / 3 / MEBI);
                printTiles(client, map);
                checkMass(client, map);
                checkCells(client, map);
                JsonNode found = client.ask("/api/map/needles", asked(map, "")).at("/needles/0");
                System.out.println("the needle: " + found);
                look(server);
                load(client, map);
            }
        }
    }

    private void printForward() {
        Attention.warmUp();
        Heads queries = Heads.of(1, TOKENS, COLUMNS, q);
        Heads keys = Heads.of(1, TOKENS, COLUMNS, k);
        AttentionInput input =
                AttentionInput.of(queries, keys, keys).withMask(AttentionMask.causal());
        long start = System.nanoTime();
        var _ = Attention.forward(input);
        System.out.printf("one forward pass of the head: %.2f s%n", seconds(start));
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static String asked(JsonNode map, String more) {
        return "{\"run\": %s, \"head\": \"L0H0\"%s}".formatted(map.required("run"), more);
    }

    private static JsonNode build(PageClient client) throws Exception {
        long start = System.nanoTime();
        JsonNode map = client.ask("/api/map", "{\"matrices\": \"qk\", \"head\": \"L0H0\"}");
        double preview = 0;
        JsonNode state = map;
        while (!state.required("built").asBoolean()) {
            Thread.sleep(PREVIEW_MILLIS);
            state = client.ask("/api/map/state", asked(map, ""));
            if (preview == 0 && state.required("stage").asString().equals("the map")) {
                preview = seconds(start);
            }
        }
        System.out.printf(
                "the map: a sample of it after %.2f s, all of it after %.2f s%n",
                preview, seconds(start));
        return map;
    }

    private static String path(JsonNode map, String channel, int level, int row, int column) {
        return "/api/map/%s/0/0/%s/%d/%d/%d"
                .formatted(map.required("run").stringValue(), channel, level, row, column);
    }

    private void printTiles(PageClient client, JsonNode map) throws Exception {
        for (int level = 0; level <= 5; level++) {
            double[] times = new double[HOPS];
            int rows = TOKENS / (HeadMap.TILE << level);
            for (int hop = 0; hop < HOPS; hop++) {
                int row = random.nextInt(rows);
                long start = System.nanoTime();
                byte[] tile = client.get(path(map, "max", level, row, random.nextInt(row + 1)));
                times[hop] = seconds(start) * 1e3;
                assertThat(tile).hasSize(HeadMap.TILE * HeadMap.TILE);
            }
            Arrays.sort(times);
            System.out.printf(
                    "a tile of level %d: median %.1f ms, %.1f to %.1f%n",
                    level, times[HOPS / 2], times[0], times[HOPS - 1]);
        }
    }

    /** At every level rows add up to 1, as far as codes of steps of 7 % can say. */
    private void checkMass(PageClient client, JsonNode map) throws Exception {
        double worst = 0;
        for (int level = map.required("top").intValue(); level >= 5; level--) {
            int tiles = TOKENS / (HeadMap.TILE << level);
            int row = random.nextInt(tiles);
            double[] sums = new double[HeadMap.TILE];
            for (int column = 0; column <= row; column++) {
                byte[] codes = client.get(path(map, "mass", level, row, column));
                for (int i = 0; i < codes.length; i++) {
                    sums[i / HeadMap.TILE] += MapCode.weight(codes[i] & 0xff);
                }
            }
            for (double sum : sums) {
                worst = Math.max(worst, Math.abs(sum - 1));
            }
        }
        System.out.printf("mass of rows in codes: 1 within %.4f%n", worst);
        assertThat(worst).isLessThan(0.035);
    }

    /** Cells against the definition, in double precision. */
    private void checkCells(PageClient client, JsonNode map) throws Exception {
        double worst = 0;
        for (int i = 0; i < 1000; i++) {
            int query = random.nextInt(TOKENS);
            int key = random.nextInt(query + 1);
            double sum = 0;
            double score = 0;
            for (int j = 0; j <= query; j++) {
                double dot = 0;
                for (int c = 0; c < COLUMNS; c++) {
                    dot += (double) q[query * COLUMNS + c] * k[j * COLUMNS + c];
                }
                double each = Math.exp(dot / Math.sqrt(COLUMNS));
                sum += each;
                score = j == key ? each : score;
            }
            String at = ", \"level\": 0, \"row\": %d, \"column\": %d".formatted(query, key);
            double weight =
                    client.ask("/api/map/spot", asked(map, at)).required("weight").doubleValue();
            assertThat(weight).isCloseTo(score / sum, within(1e-4 * score / sum));
            worst = Math.max(worst, Math.abs(weight / (score / sum) - 1));
        }
        System.out.printf("1,000 weights: within %.1e of themselves%n", worst);
    }

    /** Pictures of the whole map and of its needle, where there is a browser. */
    private static void look(PageServer server) {
        if (Browser.find().isEmpty()) {
            return;
        }
        try (Browser browser = new Browser(Browser.find().orElseThrow())) {
            Page page = browser.tab(1280, 900, ColorScheme.LIGHT);
            page.navigate(server.address() + "#view=map&matrices=qk");
            Locator button = page.getByText("Go to the needle");
            assertThat(page.locator(".needle").first()).isVisible();
            BrowserPage.keep(page, "page-map");
            button.click();
            assertThat(page.getByRole(AriaRole.STATUS)).containsText("→");
            BrowserPage.keep(page, "page-map-needle");
        }
    }

    private void load(PageClient client, JsonNode map) throws Exception {
        long before = used();
        AtomicLong tiles = new AtomicLong();
        long end = System.nanoTime() + LOAD_SECONDS * 1_000_000_000;
        Callable<Void> hops =
                () -> {
                    Random places = new Random(Thread.currentThread().threadId());
                    while (System.nanoTime() < end) {
                        int level = places.nextInt(map.required("top").intValue() + 1);
                        int row = places.nextInt(TOKENS / (HeadMap.TILE << level));
                        int column = places.nextInt(row + 1);
                        client.get(
                                path(
                                        map,
                                        places.nextBoolean() ? "max" : "mass",
                                        level,
                                        row,
                                        column));
                        tiles.incrementAndGet();
                    }
                    return null;
                };
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            for (Future<Void> each : clients.invokeAll(Collections.nCopies(CLIENTS, hops))) {
                each.get();
            }
        }
        System.out.printf(
                "%d clients for %d s: %d tiles, no error, memory %+d MB%n",
                CLIENTS, LOAD_SECONDS, tiles.get(), (used() - before) / MEBI);
    }
}

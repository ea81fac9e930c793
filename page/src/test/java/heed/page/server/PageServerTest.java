package heed.page.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.relevance.Measure;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The page's server, asked as browsers ask. */
class PageServerTest extends RawRequests {
    @Test
    void theAddressLetsABrowserIn() throws IOException {
        Reply first =
                send(
                        "GET /?%s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n"
                                .formatted(server.address().getQuery(), port));
        assertThat(first.status()).isEqualTo(302);
        assertThat(first.head()).contains("Location: ", cookie, "HttpOnly", "SameSite=Strict");

        Reply page = send(get("/"));
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body()).contains("<heed-app>");
        assertThat(page.head())
                .contains("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
                .contains("X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer")
                .doesNotContain("unsafe", "Access-Control-Allow", "Server: ");
    }

    @Test
    void everyScriptThatThePageNamesIsThere() throws IOException {
        String page = send(get("/")).body();
        Set<String> seen = new LinkedHashSet<>(groups("\"(/[^\"]*\\.js)\"", page));
        for (String view : groups("(?m)^  (\\w+): \\['", send(get("/app.js")).body())) {
            seen.add("/views/%s.js".formatted(view));
        }
        assertThat(seen).contains("/views/text.js", "/views/learn.js");
        Deque<String> next = new ArrayDeque<>(seen);
        while (!next.isEmpty()) {
            String path = next.remove();
            Reply script = send(get(path));
            assertThat(script.status()).as(path).isEqualTo(200);
            assertThat(script.head()).contains("text/javascript");
            for (String named :
                    groups("(?:from|import)\\s*['\"](\\.[^'\"]*)['\"]", script.body())) {
                String found = URI.create(path).resolve(named).getPath();
                if (seen.add(found)) {
                    next.add(found);
                }
            }
        }
        assertThat(seen).contains("/app.js", "/parts/map.js", "/lib/lit-html/lit-html.js");
    }

    private static List<String> groups(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().map(m -> m.group(1)).toList();
    }

    @Test
    void saysWhatTheMicroscopeSays() throws IOException {
        JsonNode models = send(get("/api/models", "Sec-Fetch-Site: same-origin")).json();
        assertThat(models.get(0).required("name").stringValue()).isEqualTo("minilm");
        assertThat(models.get(0).required("heads").intValue()).isEqualTo(12);

        JsonNode answer = send(post("/api/look", question(""))).json();
        LookResult expected =
                new Look(Measure.NORM, Selection.all(), null, 0, false, false)
                        .at(minilm, TROPHY, Listener.none());
        assertThat(answer.required("tokens")).hasSize(13);
        double[][] cells = expected.cells();
        for (int i = 0; i < 13; i++) {
            for (int j = 0; j < 13; j++) {
                JsonNode cell = answer.required("cells").get(i).get(j);
                if (i == j) {
                    assertThat(cell.isNull()).isTrue();
                } else {
                    assertThat(cell.doubleValue()).isCloseTo(cells[i][j], within(1e-5));
                }
            }
        }
    }

    @Test
    void headsAreTakenTogether() throws IOException {
        JsonNode answer = send(post("/api/look", heads("\"L3H1,L5\""))).json();
        double[][] cells =
                new Look(Measure.RAW, Selection.parse("L3H1,L5"), null, 0, false, false)
                        .at(minilm, TROPHY, Listener.none())
                        .cells();
        assertThat(answer.required("cells").get(8).get(1).doubleValue())
                .isCloseTo(cells[8][1], within(1e-5));
    }

    @Test
    void theCodesOfTheGridAreTheHeadsOwnWeights() throws IOException {
        JsonNode answer = send(post("/api/heads", question(""))).json();
        byte[] codes = Base64.getDecoder().decode(answer.required("codes").stringValue());
        assertThat(codes).hasSize(72 * 13 * 13);
        double[][] head =
                new Look(Measure.RAW, Selection.of(HeadId.parse("L3H1")), null, 0, false, false)
                        .at(minilm, TROPHY, Listener.none())
                        .cells();
        for (int i = 0; i < 13; i++) {
            for (int j = 0; j < 13; j++) {
                int code = codes[((3 * 12 + 1) * 13 + i) * 13 + j] & 0xff;
                assertThat(code).isPositive();
                double root = (code - 1) / 254.0;
                assertThat(root).isCloseTo(Math.sqrt(head[i][j]), within(0.5 / 254 + 1e-6));
            }
        }
    }

    @Test
    void aHeadAndItsSmallPictureAreTheSameWeights() throws IOException {
        String text = "\"text\": \"%s\"".formatted("one two three ".repeat(50));
        String model = "{\"model\": \"minilm\", %s%s}";
        JsonNode small = send(post("/api/heads", model.formatted(text, ""))).json();
        JsonNode large =
                send(post("/api/head", model.formatted(text, ", \"head\": \"L3H1\""))).json();
        byte[] all = Base64.getDecoder().decode(small.required("codes").stringValue());
        byte[] codes = Base64.getDecoder().decode(large.required("codes").stringValue());
        assertThat(codes).hasSize(150 * 150);
        assertThat(small.required("side").intValue()).isEqualTo(75);
        assertThat(all).hasSize(72 * 75 * 75);
        for (int i = 0; i < 75; i++) {
            for (int j = 0; j < 75; j++) {
                int most = 0;
                for (int a = 0; a < 4; a++) {
                    int at = (2 * i + a / 2) * 150 + 2 * j + a % 2;
                    most = Math.max(most, codes[at] & 0xff);
                }
                assertThat(all[((3 * 12 + 1) * 75 + i) * 75 + j] & 0xff).isEqualTo(most);
            }
        }
    }

    @Test
    void theStepsOfAWeightEndAtTheOneOfTheMap() throws IOException {
        JsonNode one = send(post("/api/weight", weight("L3H1", "8", "1"))).json();

        assertThat(one.required("pieces").get(one.required("query").intValue()).stringValue())
                .isEqualTo("it");
        int key = one.required("key").intValue();
        assertThat(one.required("pieces").get(key).stringValue()).isEqualTo("trophy");
        double dot = 0;
        for (int c = 0; c < 32; c++) {
            dot += one.required("q").get(c).doubleValue() * one.required("k").get(c).doubleValue();
        }
        assertThat(one.required("dot").doubleValue()).isCloseTo(dot, within(1e-4));
        assertThat(one.required("scores").get(key).doubleValue())
                .isCloseTo(dot / Math.sqrt(32), within(1e-4));
        double weight =
                new Look(Measure.RAW, Selection.of(HeadId.parse("L3H1")), null, 0, false, false)
                        .at(minilm, TROPHY, Listener.none())
                        .cells()[8][1];
        assertThat(one.required("weights").get(key).doubleValue()).isCloseTo(weight, within(1e-5));
    }

    @Test
    void eightClientsAtOnceGetTheSameBytes() throws Exception {
        String alone = send(post("/api/heads", question(""))).body();
        try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
            List<Future<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 80; i++) {
                replies.add(clients.submit(() -> send(post("/api/heads", question("")))));
            }
            for (Future<Reply> reply : replies) {
                assertThat(reply.get().status()).isEqualTo(200);
                assertThat(reply.get().body()).isEqualTo(alone);
            }
        }
    }

    @Test
    void textsThatAreMarkupAreText() throws IOException {
        Reply reply =
                send(
                        post(
                                "/api/look",
                                "{\"model\": \"minilm\", \"text\": \"<img src=x onerror=alert(1)>\"}"));
        assertThat(reply.head()).contains("application/json");
        assertThat(reply.json().required("tokens").toString()).contains("onerror");
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        assertThatIllegalStateException()
                .isThrownBy(() -> PageServer.start(port, shelf).close())
                .withMessage(
                        "port %d cannot be had: name another with --port, or 0 for one that is free",
                        port);
    }
}

package heed.page.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.relevance.Measure;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page's server, asked as browsers ask, and as those who should not. */
class PageServerTest {
    private static final String TROPHY =
            "The trophy didn't fit in the suitcase because it was too big.";

    private static PretrainedModel minilm;
    private static ModelShelf shelf;
    private static PageServer server;
    private static int port;
    private static String cookie;

    @BeforeAll
    static void start() throws IOException {
        minilm = PretrainedModel.open("minilm");
        shelf = new ModelShelf();
        shelf.add("minilm", minilm);
        server = PageServer.start(0, shelf);
        port = server.address().getPort();
        cookie = "heed=" + server.address().getQuery().substring("token=".length());
    }

    @AfterAll
    static void stop() {
        server.close();
        shelf.close();
    }

    /** A status, headers and a body, as they came. */
    private record Reply(int status, String head, String body) {
        JsonNode json() {
            return JsonMapper.shared().readTree(body);
        }
    }

    /** Sends lines as they are: no client would send what some of these hold. */
    private static Reply send(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.UTF_8));
            out.flush();
            InputStream in = socket.getInputStream();
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            int end = all.indexOf("\r\n\r\n");
            return new Reply(
                    Integer.parseInt(all.substring(9, 12)),
                    all.substring(0, end),
                    all.substring(end + 4));
        }
    }

    private static String get(String path, String... headers) {
        return "GET %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n%s\r\n"
                .formatted(path, port, cookie, lines(headers));
    }

    private static String post(String path, String body, String... headers) {
        return "POST %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\nContent-Type: application/json\r\nSec-Fetch-Site: same-origin\r\nContent-Length: %d\r\n%s\r\n%s"
                .formatted(
                        path,
                        port,
                        cookie,
                        body.getBytes(StandardCharsets.UTF_8).length,
                        lines(headers),
                        body);
    }

    private static String lines(String... headers) {
        StringBuilder lines = new StringBuilder();
        for (String header : headers) {
            lines.append(header).append("\r\n");
        }
        return lines.toString();
    }

    private static String question(String more) {
        return "{\"model\": \"minilm\", \"text\": \"%s\"%s}".formatted(TROPHY, more);
    }

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

    private static String weight(String head, String row, String column) {
        return question(
                ", \"head\": \"%s\", \"row\": %s, \"column\": %s".formatted(head, row, column));
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

    private static String heads(String json) {
        return question(", \"measure\": \"raw\", \"heads\": " + json);
    }

    private static Stream<String> hostile() {
        String body = question("");
        String huge = "{\"model\": \"minilm\", \"text\": \"%s\"}".formatted("a ".repeat(40_000));
        String host = "Host: 127.0.0.1:" + port;
        return Stream.of(
                get("/").replace(host, "Host: evil.example"),
                get("/").replace(host, "Host: 127.evil.example:" + port),
                get("/").replace(host, "Host: 127.0.0.1.evil.example:" + port),
                get("/").replace(host, "Host: 127.0.0.1:" + (port + 1)),
                get("/").replace(host, "Host: 127.0.0.1"),
                get("/").replace(host, "Host: [::1]:" + port),
                get("/").replace(host, "X: y"),
                get("/").replace(cookie, "heed=0"),
                get("/").replace(cookie, ""),
                get("/").replace(cookie, "other=" + cookie),
                get("/app.js").replace(cookie, "a=b"),
                get("/?token=0").replace(cookie, "a=b"),
                get("/api/models?" + server.address().getQuery(), "Sec-Fetch-Site: same-origin")
                        .replace(cookie, "a=b"),
                get("/api/models"),
                get("/api/models", "Sec-Fetch-Site: cross-site"),
                get("/api/models", "Sec-Fetch-Site: same-site"),
                get("/api/models", "Sec-Fetch-Site: none"),
                get("/api/models", "Origin: http://evil.example"),
                get("/api/models", "Origin: null"),
                get("/api/models", "Origin: http://127.0.0.1:" + (port + 1)),
                get("/../etc/passwd"),
                get("/..%2f..%2fetc/passwd"),
                get("/%2e%2e/%2e%2e/etc/passwd"),
                get("/lib/../index.html"),
                get("/lib/lit/..%5c..%5cindex.js"),
                get("//evil.example/"),
                get("/META-INF/MANIFEST.MF"),
                get("/heed-page/index.html"),
                get("/lib/lit/index.js%00.html"),
                get("/app.js;x=y/../../secret"),
                get("/nothing"),
                get("/api/nothing", "Sec-Fetch-Site: same-origin"),
                get("/api/look", "Sec-Fetch-Site: same-origin"),
                get("/").replace("GET", "PUT"),
                get("/").replace("GET", "DELETE"),
                get("/").replace("GET", "TRACE"),
                get("/").replace("GET", "OPTIONS"),
                get("/", "X-Long: " + "a".repeat(20_000)),
                post("/api/look", body).replace("application/json", "text/plain"),
                post("/api/look", body).replace("application/json", "application/jsonp"),
                post("/api/look", body)
                        .replace("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"),
                post("/api/look", huge),
                post("/api/look", ""),
                post("/api/look", "[]"),
                post("/api/look", "{"),
                post("/api/look", "null"),
                post("/api/look", "{}"),
                post("/api/look", "{\"model\": 3, \"text\": []}"),
                post("/api/look", "{\"model\": \"../minilm\", \"text\": \"a\"}"),
                post("/api/look", "{\"model\": \"/etc/passwd\", \"text\": \"a\"}"),
                post("/api/look", "{\"model\": \"hf:a/b\", \"text\": \"a\"}"),
                post("/api/look", heads("\"L99H1\"")),
                post("/api/look", heads("\"L-1H1\"")),
                post("/api/look", heads("\"L99999999999H1\"")),
                post("/api/look", heads("\"L0H1,L3H12\"")),
                post("/api/look", heads("\"L0H1,L6\"")),
                post("/api/look", heads("\"L0H1,,L3H1\"")),
                post("/api/look", heads("\"L0H1,L0\"")),
                post("/api/look", heads("\"%s\"".formatted("L0H0,".repeat(10_000) + "L0H1"))),
                post(
                        "/api/look",
                        heads(
                                "\"%s\""
                                        .formatted(
                                                IntStream.range(0, 9_000)
                                                        .mapToObj(i -> "L0H" + i)
                                                        .collect(Collectors.joining(","))))),
                post("/api/look", heads("[\"L0H1\"]")),
                post("/api/look", heads("{\"L0H1\": true}")),
                post("/api/look", heads("31")),
                post("/api/look", heads("true")),
                post("/api/look", heads("null")),
                post("/api/look", question(", \"measure\": \"<script>\"")),
                post("/api/look", question(", \"measure\": \"alti\", \"heads\": \"L0H0\"")),
                post("/api/look", "{\"model\": \"minilm\", \"text\": \"\\u200b\"}"),
                post("/api/heads", "{\"model\": \"minilm\", \"text\": \"\\u200b\"}"),
                post("/api/look", question(", \"second\": \"%s\"".formatted("a ".repeat(600)))),
                post("/api/heads", question(", \"second\": \"%s\"".formatted("a ".repeat(600)))),
                post("/api/check", "{}"),
                post("/api/check", question(", \"row\": -1")),
                post("/api/check", question(", \"row\": 13")),
                post("/api/check", question(", \"row\": \"it\"")),
                post("/api/check", question(", \"row\": null")),
                post("/api/check", question(", \"row\": 99999999999999999999")),
                post("/api/head", question("")),
                post("/api/head", question(", \"head\": \"L6H0\"")),
                post("/api/head", question(", \"head\": \"L0H-1\"")),
                post("/api/weight", question("")),
                post("/api/weight", weight("L3H1", "-1", "0")),
                post("/api/weight", weight("L3H1", "0", "13")),
                post("/api/weight", weight("L3H1", "0", "99999999999")),
                post("/api/weight", weight("L3H1", "0.5", "0")),
                post("/api/weight", weight("L3H1", "\"0\"", "0")),
                post("/api/weight", weight("L6H0", "0", "0")),
                post("/api/weight", weight("L0H12", "0", "0")),
                post("/api/weight", weight("L-1H0", "0", "0")),
                post(
                        "/api/heads",
                        "{\"model\": \"minilm\", \"text\": \"%s\"}".formatted("a ".repeat(600))));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void whatIsNotOursIsRefusedByALineOfJsonAndThePageGoesOn(String request) throws IOException {
        Reply reply = send(request);

        assertThat(reply.status()).as(request).isBetween(400, 499);
        assertThat(reply.body())
                .doesNotContain(
                        "Exception", "at heed", "at io.", "root:", "<heed-app>", "<script>");
        assertThat(send(get("/")).status()).isEqualTo(200);
    }

    @Test
    void clientsThatNeverEndTheirHeadersKeepNobodyOut() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 64; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                slow.add(socket);
                socket.getOutputStream()
                        .write("GET / HTTP/1.1\r\nHost: 12".getBytes(StandardCharsets.UTF_8));
            }
            assertThat(send(get("/")).status()).isEqualTo(200);
            assertThat(send(post("/api/look", question(""))).status()).isEqualTo(200);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    /** More connections than are taken: the others wait, and are taken when these end. */
    @Test
    void tooManyConnectionsWait() throws Exception {
        List<Socket> open = new ArrayList<>();
        try (ExecutorService late = Executors.newSingleThreadExecutor()) {
            for (int i = 0; i < 300; i++) {
                open.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            Future<Reply> waiting = late.submit(() -> send(get("/")));
            assertThatExceptionOfType(TimeoutException.class)
                    .isThrownBy(() -> waiting.get(1, TimeUnit.SECONDS));
            for (Socket socket : open) {
                socket.close();
            }
            assertThat(waiting.get().status()).isEqualTo(200);
        }
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

package heed.page.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The page's server, asked as nobody should ask it. */
class HostileTest extends RawRequests {
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
}

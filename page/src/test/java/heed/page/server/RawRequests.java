package heed.page.server;

import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A page of minilm, asked line by line: no client would send what some of these hold. */
abstract class RawRequests {
    static final String TROPHY = "The trophy didn't fit in the suitcase because it was too big.";

    static PretrainedModel minilm;
    static ModelShelf shelf;
    static PageServer server;
    static int port;
    static String cookie;

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
    record Reply(int status, String head, String body) {
        JsonNode json() {
            return JsonMapper.shared().readTree(body);
        }
    }

    /** Sends lines as they are: no client would send what some of these hold. */
    static Reply send(String request) throws IOException {
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

    static String get(String path, String... headers) {
        return "GET %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n%s\r\n"
                .formatted(path, port, cookie, lines(headers));
    }

    static String post(String path, String body, String... headers) {
        return "POST %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\nContent-Type: application/json\r\nSec-Fetch-Site: same-origin\r\nContent-Length: %d\r\n%s\r\n%s"
                .formatted(
                        path,
                        port,
                        cookie,
                        body.getBytes(StandardCharsets.UTF_8).length,
                        lines(headers),
                        body);
    }

    static String lines(String... headers) {
        StringBuilder lines = new StringBuilder();
        for (String header : headers) {
            lines.append(header).append("\r\n");
        }
        return lines.toString();
    }

    static String question(String more) {
        return "{\"model\": \"minilm\", \"text\": \"%s\"%s}".formatted(TROPHY, more);
    }

    static String weight(String head, String row, String column) {
        return question(
                ", \"head\": \"%s\", \"row\": %s, \"column\": %s".formatted(head, row, column));
    }

    static String heads(String json) {
        return question(", \"measure\": \"raw\", \"heads\": " + json);
    }
}

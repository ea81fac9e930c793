package heed.transformer.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A hub and its storage, on two ports of loopback: large files are redirected there. It can be told
 * to misbehave.
 */
final class FakeHub implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    final Map<String, byte[]> files = new LinkedHashMap<>();

    /** Names that the list of files has beside those that are there. */
    final List<String> moreNames = new ArrayList<>();

    /** Method, path, and what was asked for, of each request. */
    final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    /** The Authorization headers that the storage saw. */
    final List<String> seenByStorage = Collections.synchronizedList(new ArrayList<>());

    @Nullable String token;
    int statusOfModel = 200;
    String retryAfter = "";

    /** How many answers are refused with {@link #statusOfModel} before all is well; −1 for all. */
    int refusals = -1;

    /** Bytes after which the storage cuts a connection, 0 for never. */
    int cutAfter;

    boolean ignoresRange;
    boolean wrongHash;
    int extraBytes;
    String commit = COMMIT;

    private final HttpServer hub = server();
    private final HttpServer storage = server();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    FakeHub() {
        hub.createContext("/", exchange -> answer(exchange, this::ofHub));
        storage.createContext("/", exchange -> answer(exchange, this::ofStorage));
        for (HttpServer server : List.of(hub, storage)) {
            server.setExecutor(threads);
            server.start();
        }
    }

    URI uri() {
        return uri(hub);
    }

    private static URI uri(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private static void answer(HttpExchange exchange, Handler handler) throws IOException {
        try (exchange) {
            handler.handle(exchange);
        }
    }

    private void ofHub(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        requests.add(exchange.getRequestMethod() + " " + path);
        if (token != null
                && !("Bearer " + token)
                        .equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            exchange.sendResponseHeaders(401, -1);
        } else if (statusOfModel != 200 && refusals != 0) {
            refusals--;
            if (!retryAfter.isEmpty()) {
                exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            exchange.sendResponseHeaders(statusOfModel, -1);
        } else if (path.startsWith("/api/models/o/m/revision/")) {
            List<String> names = new ArrayList<>(files.keySet());
            names.addAll(moreNames);
            send(
                    exchange,
                    JsonMapper.shared()
                            .writeValueAsBytes(
                                    Map.of(
                                            "sha",
                                            commit,
                                            "siblings",
                                            names.stream()
                                                    .map(name -> Map.of("rfilename", name))
                                                    .toList())));
        } else if (path.startsWith("/o/m/resolve/" + COMMIT + "/")) {
            file(exchange, path.substring(("/o/m/resolve/" + COMMIT + "/").length()));
        } else {
            exchange.sendResponseHeaders(404, -1);
        }
    }

    private void file(HttpExchange exchange, String name) throws IOException {
        byte[] bytes = files.get(name);
        if (bytes == null) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        var headers = exchange.getResponseHeaders();
        headers.set("X-Repo-Commit", COMMIT);
        if (!large(name)) {
            byte[] header = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
            headers.set("ETag", "\"" + hash("SHA-1", header, bytes) + "\"");
            send(exchange, bytes);
            return;
        }
        headers.set("X-Linked-Etag", "\"" + hash("SHA-256", new byte[0], bytes) + "\"");
        headers.set("X-Linked-Size", String.valueOf(bytes.length));
        headers.set("Location", uri(storage) + "/" + name);
        exchange.sendResponseHeaders(302, -1);
    }

    private static boolean large(String name) {
        return name.endsWith(".safetensors") || name.endsWith(".gguf");
    }

    private void ofStorage(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add("storage " + exchange.getRequestURI().getPath() + " " + range);
        seenByStorage.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        byte[] bytes =
                files.getOrDefault(exchange.getRequestURI().getPath().substring(1), new byte[1])
                        .clone();
        if (wrongHash) {
            bytes[bytes.length - 1] ^= 1;
        }
        int from = 0;
        if (range != null && !ignoresRange) {
            from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
            exchange.getResponseHeaders()
                    .set(
                            "Content-Range",
                            "bytes %d-%d/%d".formatted(from, bytes.length - 1, bytes.length));
        }
        int length = bytes.length - from + extraBytes;
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, length);
        int sent = cutAfter > 0 ? Math.min(cutAfter, length) : length;
        byte[] body = new byte[sent];
        System.arraycopy(bytes, from, body, 0, Math.min(sent, bytes.length - from));
        exchange.getResponseBody().write(body);
        exchange.getResponseBody().flush();
    }

    private static void send(HttpExchange exchange, byte[] bytes) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
            exchange.sendResponseHeaders(200, -1);
        } else {
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    static String hash(String algorithm, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            for (byte[] part : parts) {
                digest.update(part);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The ranges that the storage was asked for. */
    Set<String> ranges() {
        return Set.copyOf(
                requests.stream()
                        .filter(r -> r.startsWith("storage"))
                        .map(r -> r.replaceFirst(".* ", ""))
                        .toList());
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}

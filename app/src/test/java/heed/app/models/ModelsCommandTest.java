package heed.app.models;

import static heed.app.Run.assertRefused;
import static heed.app.Run.heed;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import heed.app.Run;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Whole commands in processes of their own, whose environment names a hub on loopback. */
final class ModelsCommandTest {
    private static final Path MODEL =
            Path.of("../transformer/src/test/resources/heed/transformer/golden/llama");
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @TempDir Path cache;
    private HttpServer hub = server();

    @BeforeEach
    void start() {
        hub.createContext(
                "/api/models/o/llama/revision/main",
                exchange ->
                        send(
                                exchange,
                                JsonMapper.shared()
                                        .writeValueAsBytes(
                                                Map.of(
                                                        "sha",
                                                        COMMIT,
                                                        "siblings",
                                                        List.of(
                                                                Map.of("rfilename", "config.json"),
                                                                Map.of(
                                                                        "rfilename",
                                                                        "tokenizer.json"),
                                                                Map.of(
                                                                        "rfilename",
                                                                        "model.safetensors"))))));
        hub.createContext(
                "/o/llama/resolve/" + COMMIT,
                exchange ->
                        send(
                                exchange,
                                Files.readAllBytes(
                                        MODEL.resolve(
                                                exchange.getRequestURI()
                                                        .getPath()
                                                        .replaceFirst(".*/", "")))));
        hub.start();
    }

    @AfterEach
    void stop() {
        hub.stop(0);
    }

    @Test
    void aModelIsFetchedListedUsedAndRemoved() throws Exception {
        Run pull = run("models", "pull", "hf:o/llama");
        assertThat(pull.exit()).as(pull.err()).isZero();
        Path folder = cache.resolve("models--o--llama/snapshots").resolve(COMMIT);
        assertThat(pull.out()).isEqualTo(folder + "\n");
        assertThat(pull.err()).contains("model.safetensors: ");

        assertThat(run("models").out()).contains("minilm", "shakespeare", "o/llama", "main");
        assertThat(run("models", "--format", "json").json().get(2).required("commit").stringValue())
                .isEqualTo(COMMIT);
        assertThat(run("models", "where", "o/llama").out()).isEqualTo(folder + "\n");
        assertThat(run("models", "where").out()).isEqualTo(cache + "\n");

        hub.stop(0);
        Run generate = run("generate", "ab", "--model", "o/llama", "--max-tokens", "3");
        assertThat(generate.exit()).as(generate.err()).isZero();
        assertThat(generate.out()).startsWith("ab");

        assertThat(run("models", "remove", "o/llama").out()).startsWith("removed o/llama: ");
        assertThat(cache.resolve("models--o--llama")).doesNotExist();
        assertRefused(run("models", "where", "o/llama"), "there is no o/llama", "heed models pull");
        assertRefused(run("generate", "ab", "--model", "o/llama"), "there is no model 'o/llama'");
        assertRefused(
                run("generate", "ab", "--model", "hf:o/llama"),
                "is there a network?",
                "cannot reach");
    }

    @Test
    void aModelOfTheHubIsFetchedWhenItIsNamed() throws Exception {
        Run look = run("look", "ab cd", "--model", "hf:o/llama", "--format", "json");
        assertThat(look.json().required("model").stringValue()).isEqualTo("hf:o/llama");
        assertThat(cache.resolve("models--o--llama/refs/main")).hasContent(COMMIT);
    }

    @Test
    void namesThatAreNoneAreRefused() {
        assertRefused(heed("models", "pull", "hf:a/b/c"), "is no name of a model");
        assertRefused(heed("models", "remove", "a/b@v1"), "leave out @v1");
        assertRefused(heed("look", "x", "--model", "nothing"), "there is no model 'nothing'");
        assertRefused(heed("embed", "x", "--model", ""), "there is no model ''");
    }

    private Run run(String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--add-modules",
                                "jdk.incubator.vector",
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "heed.app.Heed"));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(cache, "out", "");
        Path err = Files.createTempFile(cache, "err", "");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().put("HF_HUB_CACHE", cache.toString());
        builder.environment().put("HF_ENDPOINT", "http://127.0.0.1:" + hub.getAddress().getPort());
        builder.environment().remove("HF_TOKEN");
        int exit = builder.start().waitFor();
        String errors =
                Files.readString(err)
                        .replaceFirst("WARNING: Using incubator modules: [^\\n]*\\n", "");
        return new Run(exit, Files.readString(out), errors);
    }

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void send(com.sun.net.httpserver.HttpExchange exchange, byte[] bytes)
            throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("ETag", "\"" + gitHash(bytes) + "\"");
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
                exchange.sendResponseHeaders(200, -1);
            } else {
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        }
    }

    private static String gitHash(byte[] bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}

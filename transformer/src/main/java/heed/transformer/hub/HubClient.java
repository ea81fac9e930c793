package heed.transformer.hub;

import heed.transformer.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks a hub over HTTP. Redirects are followed by hand, so that the token goes to the hub alone and
 * never to the storage that it sends to. Failures that may pass are tried again after a pause, each
 * twice as long as the one before.
 *
 * @param pause before the second try
 */
record HubClient(HttpClient http, URI endpoint, @Nullable String token, Duration pause) {
    private static final int MOST_JSON_BYTES = 20_000_000;
    private static final int MOST_REDIRECTS = 5;
    private static final int TRIES = 5;
    private static final int LONGEST_WAIT_SECONDS = 60;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    static HubClient of(URI endpoint, @Nullable String token, Duration pause) {
        HttpClient http =
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(TIMEOUT)
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
        return new HubClient(http, endpoint, token, pause);
    }

    /** What the hub says of a model: its commit and its files. */
    JsonNode model(ModelName name) throws IOException {
        URI uri =
                at(
                        "/api/models/%s/revision/%s"
                                .formatted(name.repository(), quoted(name.revision())));
        HttpResponse<InputStream> response =
                send(HttpRequest.newBuilder(uri), true, name.toString());
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(MOST_JSON_BYTES + 1);
            if (bytes.length > MOST_JSON_BYTES) {
                throw unusable("its answer has more than %d bytes".formatted(MOST_JSON_BYTES));
            }
            return new JsonMapper().readTree(bytes);
        } catch (JacksonException e) {
            throw unusable("its answer is not JSON: %s".formatted(e.getOriginalMessage()));
        }
    }

    /** What the hub says of a file, which may lie elsewhere: the headers of its answer. */
    HttpResponse<InputStream> head(ModelName name, String commit, String file) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(fileUri(name, commit, file))
                        .method("HEAD", HttpRequest.BodyPublishers.noBody());
        return send(request, false, "%s of %s".formatted(file, name));
    }

    /**
     * The bytes of a file from an offset on, as far as the server can do that: 206 with them, 200
     * with the whole file, or 416.
     */
    HttpResponse<InputStream> get(ModelName name, String commit, String file, long from)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(fileUri(name, commit, file));
        if (from > 0) {
            request.header("Range", "bytes=%d-".formatted(from));
        }
        return send(request, true, "%s of %s".formatted(file, name));
    }

    private URI fileUri(ModelName name, String commit, String file) {
        String path =
                Arrays.stream(file.split("/", -1))
                        .map(HubClient::quoted)
                        .collect(Collectors.joining("/"));
        return at("/%s/resolve/%s/%s".formatted(name.repository(), commit, path));
    }

    private URI at(String path) {
        return URI.create(endpoint.toString().replaceAll("/+$", "") + path);
    }

    private static String quoted(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpResponse<InputStream> send(HttpRequest.Builder request, boolean follow, String what)
            throws IOException {
        for (int attempt = 0; ; attempt++) {
            boolean last = attempt == TRIES - 1;
            try {
                HttpResponse<InputStream> response = sendOnce(request.copy(), follow);
                int status = response.statusCode();
                if (status < 400 || status == 416) {
                    return response;
                }
                response.body().close();
                OptionalLong after = response.headers().firstValueAsLong("Retry-After");
                if (last
                        || (status < 500 && status != 429)
                        || after.orElse(0) > LONGEST_WAIT_SECONDS) {
                    throw refused(status, after, what);
                }
                sleep(
                        after.isPresent()
                                ? Duration.ofSeconds(after.getAsLong())
                                : pauseAfter(attempt));
            } catch (ConnectException e) {
                throw new CheckpointException(
                        "cannot reach %s for %s: is there a network? (HF_ENDPOINT names another hub)"
                                .formatted(endpoint, what),
                        e);
            } catch (CheckpointException e) {
                throw e;
            } catch (IOException e) {
                if (last) {
                    throw new CheckpointException(
                            "%s did not answer for %s: %s; try again later"
                                    .formatted(endpoint, what, e.getMessage()),
                            e);
                }
                sleep(pauseAfter(attempt));
            }
        }
    }

    private HttpResponse<InputStream> sendOnce(HttpRequest.Builder request, boolean follow)
            throws IOException {
        HttpRequest next = request.timeout(TIMEOUT).build();
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            HttpRequest.Builder signed = HttpRequest.newBuilder(next, (_, _) -> true);
            if (token != null && ofHub(next.uri())) {
                signed.header("Authorization", "Bearer " + token);
            }
            HttpResponse<InputStream> response = answer(signed.build());
            String location = response.headers().firstValue("Location").orElse("");
            if (response.statusCode() / 100 != 3 || location.isEmpty()) {
                return response;
            }
            URI to = resolved(next.uri(), location);
            // A HEAD stops where the hub sends to storage, whose headers are others.
            if (!follow && !ofHub(to)) {
                return response;
            }
            response.body().close();
            next = HttpRequest.newBuilder(next, (_, _) -> true).uri(to).build();
        }
        throw unusable("it sends from one place to another without end");
    }

    private URI resolved(URI from, String location) throws CheckpointException {
        try {
            return from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw unusable("it sends to '%s', which is no address".formatted(location));
        }
    }

    private HttpResponse<InputStream> answer(HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CheckpointException("interrupted", e);
        } catch (IllegalArgumentException e) {
            throw unusable("it sends to %s: %s".formatted(request.uri(), e.getMessage()));
        }
    }

    private boolean ofHub(URI uri) {
        return Objects.equals(uri.getScheme(), endpoint.getScheme())
                && Objects.equals(uri.getAuthority(), endpoint.getAuthority());
    }

    private CheckpointException refused(int status, OptionalLong after, String what) {
        return new CheckpointException(
                switch (status) {
                    case 401, 403 ->
                            "%s lets nobody have %s without leave: accept its terms on its page, and set HF_TOKEN to your token (HTTP %d)"
                                    .formatted(endpoint, what, status);
                    case 404 -> "%s has no %s: check its name".formatted(endpoint, what);
                    case 429 ->
                            "%s has had too many requests: try again %s"
                                    .formatted(
                                            endpoint,
                                            after.isPresent()
                                                    ? "in %d seconds".formatted(after.getAsLong())
                                                    : "later");
                    default ->
                            "%s failed to give %s: HTTP %d; try again later"
                                    .formatted(endpoint, what, status);
                });
    }

    /** The hub said something that makes no sense. */
    CheckpointException unusable(String why) {
        return new CheckpointException("%s cannot be used as a hub: %s".formatted(endpoint, why));
    }

    /** Before try {@code attempt + 2}. */
    Duration pauseAfter(int attempt) {
        return pause.multipliedBy(1L << attempt);
    }

    static void sleep(Duration time) throws CheckpointException {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CheckpointException("interrupted", e);
        }
    }
}

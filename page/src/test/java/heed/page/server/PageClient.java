package heed.page.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks a page's server what the page asks, as its own page. */
final class PageClient implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();
    private final URI address;
    private final String cookie;

    PageClient(PageServer server) {
        address = server.address();
        cookie = "heed=" + address.getQuery().substring("token=".length());
    }

    HttpResponse<String> send(String path, String question)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(address.resolve(path))
                        .header("Cookie", cookie)
                        .header("Sec-Fetch-Site", "same-origin")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(question))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    JsonNode ask(String path, String question) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(path, question);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(answer.body());
    }

    /** The bytes of a path; none where there is nothing to say. */
    byte[] get(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = fetch(path);
        assertThat(answer.statusCode()).isIn(200, 204);
        return answer.body();
    }

    /** Fetches a path, with headers: names and values in turn. */
    HttpResponse<byte[]> fetch(String path, String... headers)
            throws IOException, InterruptedException {
        return fetchFrom("same-origin", path, headers);
    }

    /** Fetches a path as a page of another site may. */
    HttpResponse<byte[]> fetchFrom(String site, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address.resolve("/") + path.substring(1)))
                        .header("Cookie", cookie)
                        .header("Sec-Fetch-Site", site);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** Bad questions are refused by a line of JSON that says what is wrong. */
    void assertRefused(String path, String question) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(path, question);
        assertThat(answer.statusCode()).as(question).isBetween(400, 499);
        assertThat(answer.body()).doesNotContain("Exception", "at heed").hasLineCount(1);
        assertThat(JsonMapper.shared().readTree(answer.body()).required("error").stringValue())
                .isNotBlank();
    }

    @Override
    public void close() {
        client.close();
    }
}

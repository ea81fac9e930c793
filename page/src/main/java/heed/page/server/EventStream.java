package heed.page.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** An answer that goes on: events, each with JSON (HTML Living Standard, §9.2). */
final class EventStream {
    private final Context request;
    private @Nullable OutputStream out;

    EventStream(Context request) {
        this.request = request;
    }

    /**
     * Sends an event, and waits until it is on its way.
     *
     * @throws UncheckedIOException if nobody listens any more
     */
    void send(String event, Object json) {
        String data = JsonMapper.shared().writeValueAsString(json);
        try {
            if (out == null) {
                request.contentType("text/event-stream");
                out = request.res().getOutputStream();
            }
            out.write("event: %s\ndata: %s\n\n".formatted(event, data).getBytes(UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package heed.page.server;

import heed.microscope.QuestionException;
import heed.page.files.PageFiles;
import heed.transformer.tokenizer.UnknownCharacterException;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Heed's page, for the browsers of this machine alone. */
public final class PageServer implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final String TILE =
            "/api/map/{run}/{layer}/{head}/{channel}/{level}/{row}/{column}";
    private static final int LARGEST_QUESTION = 64 * 1024;
    private static final int LARGEST_HEADER = 8 * 1024;
    private static final int IDLE_MILLIS = 30_000;
    private static final int THREADS = 16;
    private static final int MOST_CONNECTIONS = 256;
    private static final System.Logger LOG = System.getLogger(PageServer.class.getName());

    private final Javalin server;
    private final Guard guard;
    private final Maps maps;
    private final Generations generations;

    /**
     * Starts a server.
     *
     * @param port where it listens; 0 for one that is free
     * @param models what may be asked of it; they stay the caller's to close
     * @throws IllegalStateException if the port is taken
     */
    public static PageServer start(int port, ModelShelf models) {
        return new PageServer(port, models);
    }

    private PageServer(int port, ModelShelf models) {
        PageFiles files = new PageFiles();
        Questions questions = new Questions(models);
        maps = new Maps(models);
        HeadReports reports = new HeadReports(models);
        Costs costs = new Costs(models);
        generations = new Generations(models);
        guard = new Guard(files.contentPolicy());
        server =
                Javalin.create(
                        config -> {
                            config.startup.showJavalinBanner = false;
                            config.http.maxRequestSize = LARGEST_QUESTION;
                            config.jetty.threadPool = new QueuedThreadPool(THREADS, 2);
                            config.jetty.modifyHttpConfiguration(
                                    http -> {
                                        http.setRequestHeaderSize(LARGEST_HEADER);
                                        http.setSendServerVersion(false);
                                        http.setIdleTimeout(IDLE_MILLIS);
                                    });
                            config.jetty.modifyServer(
                                    jetty ->
                                            jetty.addBean(
                                                    new NetworkConnectionLimit(
                                                            MOST_CONNECTIONS, jetty)));
                            config.routes.before(guard::check);
                            config.routes.get(
                                    "/api/models", request -> answer(request, questions.models()));
                            ask(config, "/api/look", questions::look);
                            ask(config, "/api/check", questions::check);
                            ask(config, "/api/heads", questions::heads);
                            ask(config, "/api/head", questions::head);
                            ask(config, "/api/weight", questions::weight);
                            config.routes.get(
                                    "/api/matrices", request -> answer(request, maps.matrices()));
                            ask(config, "/api/map", maps::open);
                            ask(config, "/api/map/state", maps::state);
                            ask(config, "/api/map/leave", maps::leave);
                            ask(config, "/api/map/spot", maps::spot);
                            ask(config, "/api/map/needles", maps::needles);
                            config.routes.get(TILE, request -> tile(request, maps));
                            ask(config, "/api/report", reports::report);
                            ask(config, "/api/cost", costs::cost);
                            ask(config, "/api/rows", generations::rows);
                            ask(config, "/api/stop", generations::stop);
                            config.routes.post(
                                    "/api/generate",
                                    request ->
                                            generations.generate(
                                                    question(request),
                                                    new EventStream(request)::send));
                            config.routes.get("/*", request -> file(request, files));
                            config.routes.exception(
                                    Exception.class, (e, request) -> refuse(request, e));
                            config.routes.error(404, PageServer::notFound);
                        });
        try {
            server.start(LOOPBACK, port);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "port %d cannot be had: name another with --port, or 0 for one that is free"
                            .formatted(port),
                    e);
        }
        guard.listenAt(server.port());
    }

    /** The address to open: it holds what lets a browser in. */
    public URI address() {
        return URI.create("http://%s:%d%s".formatted(LOOPBACK, server.port(), guard.launchQuery()));
    }

    private static void ask(
            JavalinConfig config, String path, Function<JsonNode, Map<String, Object>> answer) {
        config.routes.post(path, request -> answer(request, answer.apply(question(request))));
    }

    private static JsonNode question(Context request) {
        byte[] body = request.bodyAsBytes();
        if (body.length > LARGEST_QUESTION) {
            throw new Refusal(413, "a question has at most %d bytes".formatted(LARGEST_QUESTION));
        }
        JsonNode json = JsonMapper.shared().readTree(body);
        if (json == null || !json.isObject()) {
            throw new Refusal(400, "a question is a JSON object");
        }
        return json;
    }

    private static void answer(Context request, Object json) {
        request.contentType("application/json").result(JsonMapper.shared().writeValueAsBytes(json));
    }

    private static void file(Context request, PageFiles files) {
        PageFiles.PageFile file =
                files.at(request.path()).orElseThrow(() -> new Refusal(404, "there is nothing"));
        request.contentType(file.type()).result(file.bytes());
    }

    /** A tile that is whole stays as it is for good. */
    private static void tile(Context request, Maps maps) {
        Maps.Tile tile =
                maps.tile(
                        request.pathParam("run"),
                        request.pathParam("layer"),
                        request.pathParam("head"),
                        request.pathParam("channel"),
                        request.pathParam("level"),
                        request.pathParam("row"),
                        request.pathParam("column"));
        if (tile.whole()) {
            String tag = '"' + request.path() + '"';
            request.header("Cache-Control", "private, max-age=3600, immutable");
            request.header("ETag", tag);
            if (tag.equals(request.header("If-None-Match"))) {
                request.status(304);
                return;
            }
        }
        if (tile.codes() == null) {
            request.status(204);
        } else {
            request.contentType("application/octet-stream").result(tile.codes());
        }
    }

    private static void notFound(Context request) {
        if (request.resultInputStream() == null) {
            answer(request, error("there is nothing"));
        }
    }

    private static Map<String, Object> error(String message) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("error", message);
        return error;
    }

    /** A line of JSON, and never where in the code it was. */
    private static void refuse(Context request, Exception e) {
        switch (e) {
            case Refusal refusal -> {
                request.status(refusal.status());
                answer(request, error(String.valueOf(refusal.getMessage())));
            }
            case QuestionException _, UnknownCharacterException _ -> {
                request.status(400);
                answer(request, error(String.valueOf(e.getMessage())));
            }
            case tools.jackson.core.JacksonException _ -> {
                request.status(400);
                answer(request, error("a question is JSON"));
            }
            case io.javalin.http.HttpResponseException http -> {
                request.status(http.getStatus());
                answer(request, error(String.valueOf(http.getMessage())));
            }
            case Exception bug -> {
                LOG.log(System.Logger.Level.ERROR, "a request failed", bug);
                request.status(500);
                answer(request, error("this should not have happened"));
            }
        }
    }

    @Override
    public void close() {
        generations.close();
        server.stop();
        maps.close();
    }
}

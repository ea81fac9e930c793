package heed.page.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.HeadId;
import heed.microscope.generate.WatchedGeneration;
import heed.microscope.look.Selection;
import heed.transformer.generate.Sampler;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Texts that come token by token: the library's, one at a time, and ended when nobody listens. */
class GenerationsTest {
    private static final Sampler.Settings SETTINGS = new Sampler.Settings(0.8, 5, 0.9, 0, 1, 7);

    private static PretrainedDecoder shakespeare;
    private static ModelShelf shelf;
    private static PageServer server;
    private static PageClient client;

    @BeforeAll
    static void start() throws IOException {
        shakespeare = PretrainedDecoder.open(PretrainedDecoder.SHAKESPEARE);
        shelf = new ModelShelf();
        shelf.add("minilm", PretrainedModel.open("minilm"));
        shelf.add("shakespeare", shakespeare);
        server = PageServer.start(0, shelf);
        client = new PageClient(server);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        shelf.close();
    }

    private static String question(String more) {
        return """
        {"model": "shakespeare", "text": "ROMEO:", "page": "a", "tokens": 12, "temperature": 0.8, "topK": 5,
         "topP": 0.9, "seed": 7%s}"""
                .formatted(more);
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    /** The data of the events of a name. */
    private static List<JsonNode> events(String stream, String name) {
        return Pattern.compile("event: %s\ndata: (.*)\n\n".formatted(name))
                .matcher(stream)
                .results()
                .map(event -> json(event.group(1)))
                .toList();
    }

    @Test
    void everyEventSaysWhatTheLibrarySays() throws Exception {
        HttpResponse<String> answer =
                client.send("/api/generate", question(", \"head\": \"L2H1\""));
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
        List<JsonNode> tokens = events(answer.body(), "token");
        assertThat(tokens).hasSize(12);
        assertThat(events(answer.body(), "end").getFirst().required("stop").stringValue())
                .isEqualTo("length");
        JsonNode begin = events(answer.body(), "begin").getFirst();
        assertThat(begin.required("pieces")).hasSize(6);

        Selection head = Selection.of(new HeadId(2, 1));
        WatchedGeneration expected = new WatchedGeneration(shakespeare, "ROMEO:", 12, SETTINGS);
        List<WatchedGeneration.Step> steps = new ArrayList<>();
        expected.run(steps::add);
        List<double[]> rows = expected.rows(head);
        for (int i = 0; i < 12; i++) {
            JsonNode token = tokens.get(i);
            WatchedGeneration.Step step = steps.get(i);
            assertThat(token.required("id").intValue()).isEqualTo(step.token().id());
            assertThat(token.required("text").stringValue()).isEqualTo(step.token().text());
            assertThat(token.required("probability").doubleValue())
                    .isCloseTo(step.token().probability(), within(1e-5));
            assertThat(token.required("rest").doubleValue()).isCloseTo(step.rest(), within(1e-5));
            for (int c = 0; c < 10; c++) {
                JsonNode candidate = token.required("likeliest").get(c);
                assertThat(candidate.required("id").intValue())
                        .isEqualTo(step.likeliest().get(c).id());
                assertThat(candidate.required("probability").doubleValue())
                        .isCloseTo(step.likeliest().get(c).probability(), within(1e-5));
            }
            assertThat(token.required("weights")).hasSize(6 + i);
            assertRow(token.required("weights"), rows.get(i));
        }

        String run = begin.required("run").toString();
        JsonNode others =
                client.ask("/api/rows", "{\"run\": %s, \"layer\": 4}".formatted(run))
                        .required("rows");
        assertThat(others).hasSize(12);
        assertRow(others.get(11), expected.row(Selection.ofLayer(4), 17));
        client.assertRefused("/api/rows", "{\"run\": %s, \"layer\": 6}".formatted(run));
        client.assertRefused("/api/rows", "{\"run\": %s, \"head\": \"L0H6\"}".formatted(run));
        client.assertRefused("/api/rows", "{\"run\": 999}");
    }

    private static void assertRow(JsonNode row, double[] expected) {
        for (int key = 0; key < expected.length; key++) {
            assertThat(row.get(key).doubleValue()).isCloseTo(expected[key], within(1e-5));
        }
    }

    @Test
    void saysThatTheContextIsFull() throws Exception {
        String body = client.send("/api/generate", question("").replace("12", "500")).body();
        assertThat(events(body, "token")).hasSize(123);
        assertThat(body).endsWith("event: end\ndata: {\"stop\":\"context\"}\n\n");
    }

    /** A generation that waits before its second token. */
    private static final class Slow {
        private final CountDownLatch came = new CountDownLatch(1);
        private final CountDownLatch goesOn = new CountDownLatch(1);
        private final List<String> events = new ArrayList<>();

        void take(String name, Object data) {
            events.add(name + " " + JsonMapper.shared().writeValueAsString(data));
            if (name.equals("token")) {
                came.countDown();
                try {
                    goesOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    @Test
    void anotherPageIsRefusedAndTheSameEndsItsOwn() throws Exception {
        Generations generations = new Generations(shelf);
        Slow first = new Slow();
        List<String> second = new ArrayList<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(2)) {
            Future<?> one =
                    clients.submit(() -> generations.generate(json(question("")), first::take));
            first.came.await();
            assertThatThrownBy(
                            () ->
                                    generations.generate(
                                            json(question("").replace("\"a\"", "\"b\"")),
                                            (name, data) -> {}))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("another page is generating: stop it there, or wait until it ends");
            assertThat(generations.stop(json("{\"page\": \"b\"}"))).containsEntry("stopped", false);
            Future<?> two =
                    clients.submit(
                            () ->
                                    generations.generate(
                                            json(question("")), (name, data) -> second.add(name)));
            while (!two.isDone()) {
                first.goesOn.countDown();
                Thread.sleep(5);
            }
            one.get();
            two.get();
        }
        assertThat(second).hasSize(14).startsWith("begin").endsWith("end");
    }

    @Test
    void aPageStopsItsOwnAndMayThenLookAtItByOtherHeads() throws Exception {
        Generations generations = new Generations(shelf);
        Slow slow = new Slow();
        try (ExecutorService clients = Executors.newFixedThreadPool(1)) {
            Future<?> run =
                    clients.submit(() -> generations.generate(json(question("")), slow::take));
            slow.came.await();
            assertThatThrownBy(() -> generations.rows(json("{\"run\": 1}")))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("this text is not at its end: stop it first");
            assertThat(generations.stop(json("{\"page\": \"a\"}"))).containsEntry("stopped", true);
            slow.goesOn.countDown();
            run.get();
        }
        assertThat(slow.events).hasSize(3).last().isEqualTo("end {\"stop\":\"stopped\"}");
        assertThat((List<?>) generations.rows(json("{\"run\": 1}")).get("rows")).hasSize(1);
    }

    @Test
    void endsWhenNobodyListens() {
        Generations generations = new Generations(shelf);
        List<String> heard = new ArrayList<>();
        generations.generate(
                json(question("")),
                (name, data) -> {
                    heard.add(name);
                    if (heard.size() == 3) {
                        throw new UncheckedIOException(new IOException("gone"));
                    }
                });
        assertThat(heard).containsExactly("begin", "token", "token");
        List<String> next = new ArrayList<>();
        generations.generate(
                json(question("").replace("\"a\"", "\"b\"")), (name, data) -> next.add(name));
        assertThat(next).hasSize(14);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"model\": \"minilm\"",
                "\"model\": \"nobody\"",
                "\"model\": 3",
                "\"text\": \"\"",
                "\"text\": \"\u6f22\"",
                "\"text\": [\"a\"]",
                "\"page\": \"\"",
                "\"page\": 1",
                "\"tokens\": 0",
                "\"tokens\": -1",
                "\"tokens\": 513",
                "\"tokens\": 99999999999",
                "\"tokens\": 1.5",
                "\"tokens\": null",
                "\"temperature\": -1",
                "\"temperature\": 1e999",
                "\"temperature\": \"hot\"",
                "\"temperature\": null",
                "\"topK\": -1",
                "\"topK\": 4294967296",
                "\"topP\": 0",
                "\"topP\": 1.01",
                "\"seed\": 1.5",
                "\"seed\": 99999999999999999999",
                "\"seed\": \"7\"",
                "\"head\": \"L6H0\"",
                "\"head\": \"L0H6\"",
                "\"head\": \"L-1H0\"",
                "\"head\": \"L9999999999H0\"",
                "\"layer\": 6",
                "\"layer\": -1",
                "\"layer\": \"0\""
            })
    void badQuestionsAreRefusedBeforeAnyEvent(String bad) throws Exception {
        ObjectNode question = (ObjectNode) json(question(""));
        question.setAll((ObjectNode) json("{" + bad + "}"));
        client.assertRefused("/api/generate", question.toString());
    }

    @Test
    void promptsThatAreTooLongAreRefused() throws Exception {
        client.assertRefused("/api/generate", question("").replace("ROMEO:", "a".repeat(129)));
        client.assertRefused("/api/stop", "{}");
        client.assertRefused("/api/rows", "{\"run\": \"1\"}");
        client.assertRefused("/api/rows", "{\"run\": 99999999999999999999}");
    }
}

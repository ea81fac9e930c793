package heed.page.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.Listener;
import heed.microscope.heads.HeadLabel;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.microscope.heads.HeadSurvey;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the server says of heads is what the microscope says of them. */
class HeadReportsTest {
    private static final String TEXT = "The cat saw the dog, and the dog saw the other cat.";

    private static ModelShelf shelf;
    private static PageServer server;
    private static PageClient client;

    @BeforeAll
    static void start() throws IOException {
        shelf = new ModelShelf();
        shelf.add("minilm", PretrainedModel.open("minilm"));
        shelf.add("shakespeare", PretrainedModel.open("shakespeare"));
        server = PageServer.start(0, shelf);
        client = new PageClient(server);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        shelf.close();
    }

    private static void assertSaid(JsonNode answer, HeadSurvey survey, String source) {
        List<HeadProfile> profiles = survey.profiles();
        List<HeadMeasure> measures = HeadMeasure.of(profiles);
        assertThat(answer.required("source").stringValue()).isEqualTo(source);
        assertThat(answer.required("measures")).hasSameSizeAs(measures);
        assertThat(answer.required("heads")).hasSameSizeAs(profiles);
        for (int m = 0; m < measures.size(); m++) {
            HeadMeasure measure = measures.get(m);
            assertThat(answer.required("measures").get(m).required("name").stringValue())
                    .isEqualTo(measure.key());
            int[] ranks = measure.ranks(profiles);
            for (int i = 0; i < profiles.size(); i++) {
                JsonNode head = answer.required("heads").get(i);
                assertThat(head.required("values").get(m).doubleValue())
                        .isCloseTo(profiles.get(i).get(measure), within(1e-5));
                assertThat(head.required("ranks").get(m).intValue()).isEqualTo(ranks[i]);
            }
        }
        for (int i = 0; i < profiles.size(); i++) {
            List<String> labels = profiles.get(i).labels().stream().map(HeadLabel::name).toList();
            assertThat(answer.required("heads").get(i).required("labels"))
                    .extracting(label -> label.required("name").stringValue())
                    .isEqualTo(labels);
        }
    }

    @Test
    void ofAText() throws Exception {
        HeadSurvey survey = new HeadSurvey(shelf.get("minilm"), null, Listener.none());
        String source = survey.readText(TEXT);
        assertSaid(
                client.ask(
                        "/api/report", "{\"model\": \"minilm\", \"text\": \"%s\"}".formatted(TEXT)),
                survey,
                source);
    }

    @Test
    void ofRandomTokensTwice() throws Exception {
        HeadSurvey survey = new HeadSurvey(shelf.get("shakespeare"), null, Listener.none());
        String source = survey.readRandom(50, 0);
        assertSaid(
                client.ask("/api/report", "{\"model\": \"shakespeare\", \"random\": true}"),
                survey,
                source);
    }

    @Test
    void aTextIsReadInPartsAndNotForEver() throws Exception {
        String parts = "{\"model\": \"minilm\", \"text\": \"%s\"}".formatted("a ".repeat(600));
        assertThat(client.ask("/api/report", parts).required("source").stringValue())
                .isEqualTo("a text of 604 tokens, in 2 parts, since the model reads 512 at most");
        client.assertRefused(
                "/api/report",
                "{\"model\": \"minilm\", \"text\": \"%s\"}".formatted("a ".repeat(4096)));
    }

    @Test
    void badQuestionsAreRefused() throws Exception {
        client.assertRefused("/api/report", "{}");
        client.assertRefused("/api/report", "{\"model\": \"minilm\"}");
        client.assertRefused("/api/report", "{\"model\": \"minilm\", \"text\": \" \"}");
        client.assertRefused("/api/report", "{\"model\": \"minilm\", \"text\": 7}");
        client.assertRefused("/api/report", "{\"model\": \"minilm\", \"random\": true}");
        client.assertRefused("/api/report", "{\"model\": \"../minilm\", \"text\": \"a\"}");
        client.assertRefused("/api/report", "{\"model\": \"shakespeare\", \"text\": \"\u6f22\"}");
    }
}

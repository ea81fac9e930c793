package heed.page.server;

import static heed.page.answer.Answers.finite;
import static heed.page.answer.Answers.rounded;
import static heed.page.server.Fields.flag;
import static heed.page.server.Fields.text;

import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.heads.HeadLabel;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.microscope.heads.HeadSurvey;
import heed.microscope.heads.RandomRepeat;
import heed.transformer.model.PretrainedModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What every head of a model does, by every measure. */
final class HeadReports {
    /** Tokens of a text at most: more takes long, and {@code heed heads} says it as well. */
    private static final int MOST_TOKENS = 4096;

    /** Random tokens, unless the model reads fewer twice. */
    private static final int RANDOM = 50;

    private static final long SEED = 0;

    private final ModelShelf shelf;

    HeadReports(ModelShelf shelf) {
        this.shelf = shelf;
    }

    /**
     * Measures the heads, on a text or on random tokens twice.
     *
     * @throws QuestionException if the text is too long, or an encoder is to read random tokens
     */
    Map<String, Object> report(JsonNode question) {
        PretrainedModel model = shelf.get(text(question, "model"));
        HeadSurvey survey = new HeadSurvey(model, null, Listener.none());
        String source;
        if (flag(question, "random")) {
            source = survey.readRandom(Math.min(RANDOM, RandomRepeat.most(model)), SEED);
        } else {
            String text = text(question, "text");
            int tokens = ModelRun.encode(model, text).size();
            if (tokens > MOST_TOKENS) {
                throw new QuestionException(
                        "the text has %,d tokens; the page reads at most %,d for a report: give less, or ask heed heads"
                                .formatted(tokens, MOST_TOKENS));
            }
            source = survey.readText(text);
        }
        return said(source, survey.profiles());
    }

    private static Map<String, Object> said(String source, List<HeadProfile> profiles) {
        List<HeadMeasure> measures = HeadMeasure.of(profiles);
        List<int[]> ranks = measures.stream().map(measure -> measure.ranks(profiles)).toList();
        List<Map<String, Object>> heads = new ArrayList<>();
        for (int i = 0; i < profiles.size(); i++) {
            HeadProfile profile = profiles.get(i);
            List<@Nullable Double> values = new ArrayList<>();
            measures.forEach(measure -> values.add(finite(profile.get(measure))));
            int at = i;
            Map<String, Object> head = new LinkedHashMap<>();
            head.put("head", profile.head().toString());
            head.put("values", values);
            head.put("ranks", ranks.stream().map(all -> all[at]).toList());
            head.put("offset", profile.offset());
            head.put("labels", profile.labels().stream().map(HeadReports::said).toList());
            heads.add(head);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("source", source);
        answer.put("measures", measures.stream().map(HeadReports::said).toList());
        answer.put("heads", heads);
        return answer;
    }

    private static Map<String, Object> said(HeadMeasure measure) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("name", measure.key());
        said.put("words", measure.words());
        said.put("share", measure.isShare());
        return said;
    }

    private static Map<String, Object> said(HeadLabel label) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("name", label.name());
        said.put("figure", rounded(label.figure()));
        return said;
    }
}

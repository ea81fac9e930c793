package heed.page.server;

import static heed.page.server.Fields.flag;
import static heed.page.server.Fields.number;
import static heed.page.server.Fields.text;
import static heed.page.server.Fields.textOrNone;

import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.OneWeight;
import heed.microscope.QuestionException;
import heed.microscope.Units;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Occlusion;
import heed.page.answer.Answers;
import heed.page.answer.Reading;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** What the page asks, and what it is told. Numbers are those of the microscope. */
final class Questions {
    /** Words or pieces of an answer at most: more cannot be looked at in one picture. */
    private static final int MOST_UNITS = 512;

    /** The side of a small picture at most. */
    private static final int LARGEST_SIDE = 112;

    private final ModelShelf shelf;

    Questions(ModelShelf shelf) {
        this.shelf = shelf;
    }

    List<Map<String, Object>> models() {
        List<Map<String, Object>> models = new ArrayList<>();
        for (String name : shelf.names()) {
            PretrainedModel model = shelf.get(name);
            Map<String, Object> said = new LinkedHashMap<>();
            said.put("name", name);
            said.put("layers", model.attention().size());
            said.put("heads", model.heads());
            said.put("causal", model.isCausal());
            said.put("positions", model.positions());
            models.add(said);
        }
        return models;
    }

    /** What each word attends to, by a measure, over all heads or some. */
    Map<String, Object> look(JsonNode question) {
        PretrainedModel model = shelf.get(text(question, "model"));
        String heads = textOrNone(question, "heads");
        Selection selection = heads.isEmpty() ? Selection.all() : Selection.parse(heads);
        Measure measure = measure(question);
        Look look = look(question, measure, selection);
        var _ = asked(question);
        String first = text(question, "text");
        String second = textOrNone(question, "second");
        LookResult result =
                second.isEmpty()
                        ? look.at(model, first, Listener.none())
                        : look.at(model, first, second, Listener.none());
        return Answers.look(result);
    }

    /**
     * How far the measures agree with what happens when words are really taken away: of all words,
     * or of the one of a {@code row}, and then how far each word moves it.
     */
    Map<String, Object> check(JsonNode question) {
        Asked asked = asked(question);
        boolean ofOne = question.has("row");
        Occlusion.Result result =
                Occlusion.check(
                        asked.model(),
                        asked.tokens(),
                        asked.units(),
                        ofOne
                                ? List.of(number(question, "row", 0, asked.units().size() - 1))
                                : IntStream.range(0, asked.units().size()).boxed().toList(),
                        Listener.none());
        List<Map<String, Object>> agreements = new ArrayList<>();
        for (Measure measure : Measure.values()) {
            Occlusion.Agreement agreement = result.agreements().get(measure);
            if (agreement != null) {
                Map<String, Object> said = new LinkedHashMap<>();
                said.put("measure", measure.name().toLowerCase(Locale.ROOT));
                said.put("spearman", Answers.finite(agreement.spearman()));
                said.put("top1", Answers.finite(agreement.top1()));
                agreements.add(said);
            }
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("token", result.token());
        answer.put("queries", result.queries());
        answer.put("agreements", agreements);
        if (ofOne) {
            answer.put("effects", result.effects()[0]);
        }
        return answer;
    }

    /**
     * The weights of all heads, small: {@code [heads][side][side]} codes in base 64, each of the
     * largest weight of a square of words.
     */
    Map<String, Object> heads(JsonNode question) {
        Reading reading = read(question);
        int square = Math.ceilDiv(reading.units().size(), LARGEST_SIDE);
        List<HeadId> heads = reading.run().trace().allHeads();
        Map<String, Object> answer = Answers.units(reading.units());
        answer.put("layers", reading.run().trace().layers());
        answer.put("heads", reading.run().trace().heads());
        answer.put("side", Math.ceilDiv(reading.units().size(), square));
        answer.put("codes", reading.codes(heads, square));
        return answer;
    }

    /** The weights of one head: {@code [n][n]} codes in base 64. */
    Map<String, Object> head(JsonNode question) {
        HeadId head = HeadId.parse(text(question, "head"));
        Selection.of(head).in(shelf.get(text(question, "model")));
        Reading reading = read(question);
        Map<String, Object> answer = Answers.units(reading.units());
        answer.put("codes", reading.codes(List.of(head), 1));
        return answer;
    }

    private Reading read(JsonNode question) {
        Asked asked = asked(question);
        return Reading.of(asked.model(), asked.tokens(), asked.units(), Listener.none());
    }

    /** A model, what it is to read, and the words or pieces in sight. */
    private record Asked(PretrainedModel model, Tokens tokens, Units units) {}

    /**
     * What is to be read, before it is.
     *
     * @throws QuestionException if there is no word, there are too many for the page, or more
     *     tokens than the model reads
     */
    private Asked asked(JsonNode question) {
        PretrainedModel model = shelf.get(text(question, "model"));
        String first = text(question, "text");
        String second = textOrNone(question, "second");
        Tokens tokens =
                second.isEmpty()
                        ? ModelRun.encode(model, first)
                        : ModelRun.encode(model, first, second);
        Look.checkLength(model, tokens);
        Units units = look(question, Measure.RAW, Selection.all()).unitsIn(tokens);
        if (units.size() > MOST_UNITS) {
            throw new QuestionException(
                    "the text has %d words or pieces; the page shows at most %d: give less"
                            .formatted(units.size(), MOST_UNITS));
        }
        return new Asked(model, tokens, units);
    }

    /**
     * How one weight came about: of the first pieces of two words.
     *
     * @throws QuestionException if there is no such head or word
     */
    Map<String, Object> weight(JsonNode question) {
        Reading reading = read(question);
        Units units = reading.units();
        int query = units.get(number(question, "row", 0, units.size() - 1)).firstPiece();
        int key = units.get(number(question, "column", 0, units.size() - 1)).firstPiece();
        HeadId head = HeadId.parse(text(question, "head"));
        ModelRun run = reading.run();
        return Answers.weight(OneWeight.of(run, head, query, key), Units.pieces(run.tokens()));
    }

    private static Look look(JsonNode question, Measure measure, Selection selection) {
        return new Look(
                measure, selection, null, 0, flag(question, "pieces"), flag(question, "special"));
    }

    private static Measure measure(JsonNode question) {
        String name = question.path("measure").asString("norm");
        for (Measure measure : Measure.values()) {
            if (measure.name().toLowerCase(Locale.ROOT).equals(name)) {
                return measure;
            }
        }
        throw new QuestionException("there is no such measure");
    }
}

package heed.page.server;

import static heed.page.server.Fields.flag;
import static heed.page.server.Fields.number;
import static heed.page.server.Fields.text;
import static heed.page.server.Fields.textOrNone;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.OneWeight;
import heed.microscope.QuestionException;
import heed.microscope.UnitRow;
import heed.microscope.Units;
import heed.microscope.look.Focus;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Occlusion;
import heed.microscope.relevance.Relevance;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What the page asks, and what it is told. Numbers are those of the microscope. */
final class Questions {
    /** Words or pieces of an answer at most: more cannot be looked at in one picture. */
    private static final int MOST_UNITS = 512;

    /** The side of a small picture at most. */
    private static final int LARGEST_SIDE = 112;

    /** Codes of a weight: 0 is hidden, the others are its square root in 254 steps. */
    private static final int STEPS = 254;

    private static final double DIGITS = 1e5;

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

    /** What each word attends to, by a measure, over all heads or one. */
    Map<String, Object> look(JsonNode question) {
        PretrainedModel model = shelf.get(text(question, "model"));
        String head = textOrNone(question, "head");
        Selection selection = head.isEmpty() ? Selection.all() : Selection.of(HeadId.parse(head));
        Measure measure = measure(question);
        Look look = look(question, measure, selection);
        var _ = asked(question);
        String first = text(question, "text");
        String second = textOrNone(question, "second");
        LookResult result =
                second.isEmpty()
                        ? look.at(model, first, Listener.none())
                        : look.at(model, first, second, Listener.none());
        Map<String, Object> answer = said(result.units());
        answer.put("cells", cells(result.cells()));
        List<Double> special = new ArrayList<>();
        List<Double> self = new ArrayList<>();
        for (Focus focus : result.queries()) {
            special.add(rounded(focus.specialMass()));
            self.add(rounded(focus.selfMass()));
        }
        answer.put("special", special);
        answer.put("self", self);
        result.shares()
                .ifPresent(
                        shares -> {
                            answer.put("firstToSecond", finite(shares.firstToSecond()));
                            answer.put("secondToFirst", finite(shares.secondToFirst()));
                        });
        return answer;
    }

    /** How far the measures agree with what happens when words are really taken away. */
    Map<String, Object> check(JsonNode question) {
        Asked asked = asked(question);
        Occlusion.Result result =
                Occlusion.check(
                        asked.model(),
                        asked.tokens(),
                        asked.units(),
                        indices(asked.units()),
                        Listener.none());
        List<Map<String, Object>> agreements = new ArrayList<>();
        for (Measure measure : Measure.values()) {
            Occlusion.Agreement agreement = result.agreements().get(measure);
            if (agreement != null) {
                Map<String, Object> said = new LinkedHashMap<>();
                said.put("measure", measure.name().toLowerCase(Locale.ROOT));
                said.put("spearman", finite(agreement.spearman()));
                said.put("top1", finite(agreement.top1()));
                agreements.add(said);
            }
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("token", result.token());
        answer.put("queries", result.queries());
        answer.put("agreements", agreements);
        return answer;
    }

    /**
     * The weights of all heads, small: {@code [heads][side][side]} codes in base 64, each of the
     * largest weight of a square of words.
     */
    Map<String, Object> heads(JsonNode question) {
        Reading reading = read(question);
        int n = reading.units().size();
        int square = Math.ceilDiv(n, LARGEST_SIDE);
        int side = Math.ceilDiv(n, square);
        List<HeadId> heads = reading.run().trace().allHeads();
        byte[] codes = new byte[heads.size() * side * side];
        int at = 0;
        for (HeadId head : heads) {
            addCodes(reading.rows(head), square, codes, at);
            at += side * side;
        }
        Map<String, Object> answer = said(reading.units());
        answer.put("layers", reading.run().trace().layers());
        answer.put("heads", reading.run().trace().heads());
        answer.put("side", side);
        answer.put("codes", Base64.getEncoder().encodeToString(codes));
        return answer;
    }

    /** The weights of one head: {@code [n][n]} codes in base 64. */
    Map<String, Object> head(JsonNode question) {
        HeadId head = HeadId.parse(text(question, "head"));
        Selection.of(head).in(shelf.get(text(question, "model")));
        Reading reading = read(question);
        int n = reading.units().size();
        byte[] codes = new byte[n * n];
        addCodes(reading.rows(head), 1, codes, 0);
        Map<String, Object> answer = said(reading.units());
        answer.put("codes", Base64.getEncoder().encodeToString(codes));
        return answer;
    }

    /** What a model read, and the words or pieces in sight. */
    private record Reading(ModelRun run, Units units) {

        /** {@code [n][n]} weights of a head, as they are. */
        List<double[]> rows(HeadId head) {
            return new Relevance(run, Measure.RAW, List.of(head), units)
                    .rows(indices(units), UnitRow::weights, Listener.none());
        }
    }

    private Reading read(JsonNode question) {
        Asked asked = asked(question);
        int n = asked.tokens().size();
        Relevance.need(Measure.RAW, asked.model(), n, n)
                .check("looking at %,d tokens".formatted(n), "give less text");
        AttentionTrace trace =
                Relevance.traceFor(Measure.RAW, asked.units(), indices(asked.units()));
        ModelRun run = ModelRun.of(asked.model(), asked.tokens(), trace, Listener.none());
        return new Reading(run, asked.units());
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

    /** The second text, or nothing. */
    private static List<Integer> indices(Units units) {
        return IntStream.range(0, units.size()).boxed().toList();
    }

    /** Adds the codes of the largest weights of squares; hidden are those with none that is not. */
    private static void addCodes(List<double[]> rows, int square, byte[] codes, int at) {
        int n = rows.size();
        int side = Math.ceilDiv(n, square);
        for (int i = 0; i < n; i++) {
            double[] row = rows.get(i);
            for (int j = 0; j < n; j++) {
                int cell = at + i / square * side + j / square;
                codes[cell] = (byte) Math.max(codes[cell] & 0xff, code(row[j]));
            }
        }
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
        return said(OneWeight.of(run, head, query, key), Units.pieces(run.tokens()));
    }

    private static Map<String, Object> said(OneWeight one, Units pieces) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("head", one.head().toString());
        answer.put("query", one.query());
        answer.put("key", one.key());
        answer.put("pieces", pieces.list().stream().map(Units.Unit::text).toList());
        answer.put("q", one.q());
        answer.put("k", one.k());
        answer.put("dot", one.dot());
        answer.put("scale", one.scale());
        answer.put("softCap", Float.isFinite(one.softCap()) ? one.softCap() : null);
        answer.put("bias", one.bias());
        answer.put("hidden", one.hidden());
        answer.put("scores", finite(one.scores()));
        answer.put("weights", one.weights());
        answer.put("v", one.v());
        answer.put("out", one.out());
        answer.put("added", one.added());
        return answer;
    }

    /** JSON has no −∞: hidden scores are null. */
    private static List<@Nullable Float> finite(float[] scores) {
        List<@Nullable Float> finite = new ArrayList<>(scores.length);
        for (float score : scores) {
            finite.add(Float.isFinite(score) ? score : null);
        }
        return finite;
    }

    private static Look look(JsonNode question, Measure measure, Selection selection) {
        return new Look(
                measure, selection, null, 0, flag(question, "pieces"), flag(question, "special"));
    }

    private static Map<String, Object> said(Units units) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("tokens", units.list().stream().map(Units.Unit::text).toList());
        return answer;
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

    private static List<List<@Nullable Double>> cells(double[][] cells) {
        List<List<@Nullable Double>> rows = new ArrayList<>();
        for (double[] row : cells) {
            List<@Nullable Double> line = new ArrayList<>(row.length);
            for (double weight : row) {
                line.add(Double.isNaN(weight) ? null : rounded(weight));
            }
            rows.add(line);
        }
        return rows;
    }

    private static @Nullable Double finite(double share) {
        return Double.isFinite(share) ? rounded(share) : null;
    }

    private static double rounded(double weight) {
        return Math.rint(weight * DIGITS) / DIGITS;
    }

    private static int code(double weight) {
        return Double.isNaN(weight)
                ? 0
                : 1 + (int) Math.rint(STEPS * Math.sqrt(Math.clamp(weight, 0, 1)));
    }
}

package heed.microscope.relevance;

import heed.microscope.AttentionTrace;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.UnitRow;
import heed.microscope.Units;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How well each measure of relevance agrees with what happens when a unit is really taken away:
 * each in turn is replaced, piece by piece, by a token that says nothing, the text is read again,
 * and the effect on another unit is how far its last hidden state moves (‖h − h′‖₂, the mean over
 * its pieces). Measures are compared with these effects over the units that each unit sees, without
 * itself.
 */
public final class Occlusion {
    /** Units of a text at most: the text is read once for each, and their effects are held. */
    public static final int UNITS = 1024;

    /** What stands in for a unit: the first of these that the model's vocabulary has whole. */
    private static final List<String> NOTHINGS =
            List.of("[MASK]", "<mask>", "<unk>", "[UNK]", "<|unk|>", "<pad>", "[PAD]");

    private static final String SPACE = " ";
    private static final String WHAT = "taking words away";

    /** Fewer units to compare say nothing. */
    private static final int FEWEST = 3;

    /**
     * Agreement of a measure with occlusion.
     *
     * @param spearman mean over queries of Spearman's rank correlation
     * @param top1 how often the same unit is first in both
     */
    public record Agreement(double spearman, double top1) {}

    /**
     * What was found.
     *
     * @param token what stood in for a unit
     * @param queries units whose rows were compared
     * @param agreements of each measure
     * @param effects {@code [queries][units]}: how far each query moves when a unit is taken away
     */
    public record Result(
            String token, int queries, Map<Measure, Agreement> agreements, double[][] effects) {
        public Result {
            agreements = Map.copyOf(agreements);
        }
    }

    /**
     * Compares all measures with occlusion on one text.
     *
     * @param units what is taken away
     * @param queries the units whose rows are compared, by their index
     * @throws QuestionException if the text has too many units
     */
    public static Result check(
            PretrainedModel model,
            Tokens tokens,
            Units units,
            List<Integer> queries,
            Listener listener) {
        if (units.size() > UNITS) {
            throw new QuestionException(
                    "the check takes each of %,d words away in turn and reads the text again: give at most %,d words"
                            .formatted(units.size(), UNITS));
        }
        Relevance.need(Measure.ALTI, model, tokens.size(), tokens.size())
                .check("checking %,d tokens".formatted(tokens.size()), "give a shorter text");
        ModelRun run = ModelRun.of(model, tokens, AttentionTrace.withResiduals(), listener);
        Tokens.Piece nothing = nothing(model);
        double[][] effects = effects(model, tokens, units, queries, nothing, listener);
        Map<Measure, Agreement> agreements = new EnumMap<>(Measure.class);
        int compared = 0;
        for (Measure measure : Measure.values()) {
            Relevance relevance = new Relevance(run, measure, run.trace().allHeads(), units);
            List<UnitRow> rows = relevance.rows(queries, row -> row, listener);
            List<Agreement> ofQueries = new ArrayList<>();
            for (int q = 0; q < rows.size(); q++) {
                agreement(rows.get(q), effects[q]).ifPresent(ofQueries::add);
            }
            compared = ofQueries.size();
            agreements.put(
                    measure,
                    new Agreement(
                            ofQueries.stream()
                                    .mapToDouble(Agreement::spearman)
                                    .average()
                                    .orElse(Double.NaN),
                            ofQueries.stream()
                                    .mapToDouble(Agreement::top1)
                                    .average()
                                    .orElse(Double.NaN)));
        }
        return new Result(nothing.text(), compared, agreements, effects);
    }

    private static Tokens.Piece nothing(PretrainedModel model) {
        for (String name : NOTHINGS) {
            List<Tokens.Piece> pieces = model.tokenizer().encode(name, false).pieces();
            if (pieces.size() == 1 && pieces.getFirst().text().equals(name)) {
                return pieces.getFirst();
            }
        }
        List<Tokens.Piece> space = model.tokenizer().encode(SPACE, false).pieces();
        if (space.isEmpty()) {
            throw new QuestionException(
                    "%s has no token for nothing, neither a mask nor a space: it cannot be checked"
                            .formatted(model.name()));
        }
        return new Tokens.Piece(space.getFirst().id(), "space", 0, 0, false);
    }

    /** {@code [queries][units]}. */
    private static double[][] effects(
            PretrainedModel model,
            Tokens tokens,
            Units units,
            List<Integer> queries,
            Tokens.Piece nothing,
            Listener listener) {
        float[] whole = model.read(tokens, AttentionProbe.none());
        int features = whole.length / tokens.size();
        double[][] effects = new double[queries.size()][units.size()];
        for (int away = 0; away < units.size(); away++) {
            float[] without =
                    model.read(replaced(tokens, units.get(away), nothing), AttentionProbe.none());
            for (int q = 0; q < effects.length; q++) {
                effects[q][away] = moved(whole, without, units.get(queries.get(q)), features);
            }
            listener.done(WHAT, away + 1, units.size());
        }
        return effects;
    }

    private static Tokens replaced(Tokens tokens, Units.Unit unit, Tokens.Piece nothing) {
        List<Tokens.Piece> pieces = new ArrayList<>(tokens.pieces());
        for (int i = unit.firstPiece(); i < unit.endPiece(); i++) {
            Tokens.Piece old = pieces.get(i);
            pieces.set(
                    i,
                    new Tokens.Piece(
                            nothing.id(),
                            nothing.text(),
                            old.start(),
                            old.end(),
                            true,
                            old.type()));
        }
        return new Tokens(tokens.text(), pieces);
    }

    private static double moved(float[] whole, float[] without, Units.Unit unit, int features) {
        double sum = 0;
        for (int piece = unit.firstPiece(); piece < unit.endPiece(); piece++) {
            double squares = 0;
            for (int at = piece * features; at < (piece + 1) * features; at++) {
                double difference = (double) whole[at] - without[at];
                squares += difference * difference;
            }
            sum += Math.sqrt(squares);
        }
        return sum / unit.size();
    }

    private static Optional<Agreement> agreement(UnitRow row, double[] effects) {
        int[] seen =
                IntStream.range(0, effects.length)
                        .filter(unit -> unit != row.query() && !Double.isNaN(row.weights()[unit]))
                        .toArray();
        if (seen.length < FEWEST) {
            return Optional.empty();
        }
        double[] relevance = new double[seen.length];
        double[] effect = new double[seen.length];
        for (int i = 0; i < seen.length; i++) {
            relevance[i] = row.weights()[seen[i]];
            effect[i] = effects[seen[i]];
        }
        double spearman = RankCorrelation.spearman(relevance, effect);
        return Double.isNaN(spearman)
                ? Optional.empty()
                : Optional.of(
                        new Agreement(
                                spearman,
                                RankCorrelation.first(relevance) == RankCorrelation.first(effect)
                                        ? 1
                                        : 0));
    }

    private Occlusion() {}
}

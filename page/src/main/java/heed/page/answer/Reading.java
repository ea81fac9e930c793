package heed.page.answer;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.UnitRow;
import heed.microscope.Units;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Relevance;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a model read, and the words or pieces in sight.
 *
 * @param run keeps the queries of the units, and all keys
 */
public record Reading(ModelRun run, Units units) {
    /** Codes of a weight: 0 is hidden, the others are its square root in 254 steps. */
    private static final int STEPS = 254;

    /**
     * Has a model read.
     *
     * @throws QuestionException if it does not fit the memory
     */
    public static Reading of(PretrainedModel model, Tokens tokens, Units units, Listener listener) {
        int n = tokens.size();
        Relevance.need(Measure.RAW, model, n, n)
                .check("looking at %,d tokens".formatted(n), "give less text");
        AttentionTrace trace = Relevance.traceFor(Measure.RAW, units, indices(units));
        return new Reading(ModelRun.of(model, tokens, trace, listener), units);
    }

    private static List<Integer> indices(Units units) {
        return IntStream.range(0, units.size()).boxed().toList();
    }

    /**
     * The weights of some heads, as they are: {@code [heads][side][side]} codes in base 64, each of
     * the largest weight of a square of units; hidden are squares with none that is not.
     *
     * @param square units in a row of a square
     */
    public String codes(List<HeadId> heads, int square) {
        int side = Math.ceilDiv(units.size(), square);
        byte[] codes = new byte[heads.size() * side * side];
        for (int head = 0; head < heads.size(); head++) {
            addCodes(rows(heads.get(head)), square, codes, head * side * side);
        }
        return Base64.getEncoder().encodeToString(codes);
    }

    /** {@code [n][n]} weights of a head. */
    private List<double[]> rows(HeadId head) {
        return new Relevance(run, Measure.RAW, List.of(head), units)
                .rows(indices(units), UnitRow::weights, Listener.none());
    }

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

    private static int code(double weight) {
        return Double.isNaN(weight)
                ? 0
                : 1 + (int) Math.rint(STEPS * Math.sqrt(Math.clamp(weight, 0, 1)));
    }
}

package heed.page.answer;

import heed.microscope.OneWeight;
import heed.microscope.Units;
import heed.microscope.look.Focus;
import heed.microscope.look.LookResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the microscope found, as JSON says it. It has no NaN and no −∞: both are null. */
public final class Answers {
    private static final double DIGITS = 1e5;

    /** What each word attends to: {@code cells} has a row for each that looks. */
    public static Map<String, Object> look(LookResult result) {
        Map<String, Object> answer = units(result.units());
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

    /** The words or pieces in sight; others put beside them what they know of them. */
    public static Map<String, Object> units(Units units) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("tokens", texts(units));
        return answer;
    }

    /** The texts of words or pieces. */
    public static List<String> texts(Units units) {
        return units.list().stream().map(Units.Unit::text).toList();
    }

    /** How one weight came about. */
    public static Map<String, Object> weight(OneWeight one, Units pieces) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("head", one.head().toString());
        answer.put("query", one.query());
        answer.put("key", one.key());
        answer.put("pieces", texts(pieces));
        answer.put("q", one.q());
        answer.put("k", one.k());
        answer.put("dot", one.dot());
        answer.put("scale", one.scale());
        answer.put("softCap", finite(one.softCap()));
        answer.put("bias", one.bias());
        answer.put("hidden", one.hidden());
        answer.put("scores", finite(one.scores()));
        answer.put("weights", one.weights());
        answer.put("v", one.v());
        answer.put("out", one.out());
        answer.put("added", one.added());
        return answer;
    }

    private static List<List<@Nullable Double>> cells(double[][] cells) {
        List<List<@Nullable Double>> rows = new ArrayList<>();
        for (double[] row : cells) {
            List<@Nullable Double> line = new ArrayList<>(row.length);
            for (double weight : row) {
                line.add(finite(weight));
            }
            rows.add(line);
        }
        return rows;
    }

    private static List<@Nullable Float> finite(float[] scores) {
        List<@Nullable Float> finite = new ArrayList<>(scores.length);
        for (float score : scores) {
            finite.add(finite(score));
        }
        return finite;
    }

    /** A number, or null for one that is none or infinite. */
    public static @Nullable Float finite(float number) {
        return Float.isFinite(number) ? number : null;
    }

    /** A share to five digits, or null for one that is none. */
    public static @Nullable Double finite(double share) {
        return Double.isFinite(share) ? rounded(share) : null;
    }

    /** So many digits as a page needs. */
    public static double rounded(double weight) {
        return Math.rint(weight * DIGITS) / DIGITS;
    }

    private Answers() {}
}

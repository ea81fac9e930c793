package heed.app;

import heed.microscope.Focus;
import heed.microscope.HeadRanking;
import heed.microscope.Relevance.Measure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code look} as tables for a reader. */
final class LookText {
    private static final int TOKEN_WIDTH = 16;

    static String render(LookResult result) {
        StringBuilder text = new StringBuilder(heading(result)).append('\n');
        boolean ownMass = result.look().measure() != Measure.RAW;
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("From token", "High attention to", hiddenHeading(result)));
        for (Focus focus : result.queries()) {
            rows.add(
                    List.of(
                            shortened(result.token(focus.query())),
                            targets(result, focus.attends()),
                            hidden(focus, result, ownMass)));
        }
        appendTable(text, rows);
        if (!result.heads().isEmpty()) {
            text.append("\nHeads that look hardest at another ")
                    .append(result.look().pieces() ? "piece" : "word")
                    .append(" (their own attention weights, as they are)\n\n");
            appendTable(text, result.look().token() == null ? headsByToken(result) : heads(result));
        }
        return text.toString();
    }

    /** A row for each head of a chosen token. */
    private static List<List<String>> heads(LookResult result) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("From token", "Head", "High attention to"));
        for (HeadRanking.Entry entry : result.heads()) {
            rows.add(
                    List.of(
                            shortened(result.token(entry.query())),
                            entry.head().toString(),
                            targets(result, entry.attends())));
        }
        return rows;
    }

    /** A row for each token, with the first target of each of its heads. */
    private static List<List<String>> headsByToken(LookResult result) {
        Map<Integer, String> found = new LinkedHashMap<>();
        for (HeadRanking.Entry entry : result.heads()) {
            String target = targets(result, entry.attends().subList(0, 1));
            found.merge(entry.query(), entry.head() + " → " + target, (a, b) -> a + "   " + b);
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("From token", "Head → high attention to"));
        found.forEach((query, heads) -> rows.add(List.of(shortened(result.token(query)), heads)));
        return rows;
    }

    /** One line that says what is measured, one that says what is hidden. */
    static String heading(LookResult result) {
        Look look = result.look();
        String heads =
                look.head() != null
                        ? "head " + look.head()
                        : look.layer() != null
                                ? "the %d heads of layer %d"
                                        .formatted(result.headCount(), look.layer())
                                : "all %d heads".formatted(result.headCount());
        String unit = look.pieces() ? "piece" : "word";
        String measure =
                switch (look.measure()) {
                    case NORM ->
                            "norm-weighted relevance, %s: the share of what attention brings to a %s that comes from each other one"
                                    .formatted(heads, unit);
                    case RAW ->
                            "attention weights of %s%s, as the model has them"
                                    .formatted(heads, result.headCount() > 1 ? ", averaged" : "");
                    case ROLLOUT ->
                            "attention rollout through %s, a rough guide: it tends to collapse onto the first token"
                                    .formatted(heads);
                };
        return "%s · %s\n%s\n".formatted(look.model(), measure, hiddenLine(result, unit));
    }

    private static String hiddenLine(LookResult result, String unit) {
        Look look = result.look();
        List<String> hidden = new ArrayList<>();
        if (result.masked()) {
            hidden.add("what the model's mask hides from a %s".formatted(unit));
        }
        if (!look.special()) {
            hidden.add("the special tokens that the model adds (--special shows them)");
        }
        if (look.measure() != Measure.RAW) {
            hidden.add("each %s itself".formatted(unit));
        }
        return hidden.isEmpty()
                ? "Nothing is hidden: a row sums to 1."
                : "Hidden: %s.".formatted(String.join(", and ", hidden));
    }

    private static String hiddenHeading(LookResult result) {
        boolean special = !result.look().special();
        boolean self = result.look().measure() != Measure.RAW;
        return special && self
                ? "Hidden: special + self"
                : special ? "Hidden: special" : self ? "Hidden: self" : "";
    }

    private static String hidden(Focus focus, LookResult result, boolean self) {
        List<String> shares = new ArrayList<>();
        if (!result.look().special()) {
            shares.add(number(focus.specialMass()));
        }
        if (self) {
            shares.add(number(focus.selfMass()));
        }
        return String.join(" + ", shares);
    }

    private static String targets(LookResult result, List<Focus.Target> targets) {
        return targets.isEmpty()
                ? "–"
                : targets.stream()
                        .map(t -> result.token(t.key()) + " " + number(t.weight()))
                        .collect(Collectors.joining("  "));
    }

    private static String number(double weight) {
        return String.format(Locale.ROOT, "%.2f", weight);
    }

    private static String shortened(String token) {
        return Terminal.shortened(token, TOKEN_WIDTH);
    }

    private static void appendTable(StringBuilder text, List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int c = 0; c < columns; c++) {
                widths[c] = Math.max(widths[c], Terminal.width(row.get(c)));
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < columns; c++) {
                line.append(Terminal.padded(row.get(c), widths[c])).append("  ");
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
    }

    private LookText() {}
}

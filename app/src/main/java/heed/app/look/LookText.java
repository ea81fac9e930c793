package heed.app.look;

import heed.app.terminal.Table;
import heed.app.terminal.Terminal;
import heed.microscope.HeadId;
import heed.microscope.look.Focus;
import heed.microscope.look.HeadFocus;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.look.TextShares;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Occlusion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code look} as tables for a reader. */
final class LookText {
    private static final int TOKEN_WIDTH = 16;
    private static final int NAMES_WIDTH = 40;

    static String render(LookAnswer answer) {
        LookResult result = answer.result();
        StringBuilder text = new StringBuilder(heading(answer)).append('\n');
        boolean ownMass = result.look().measure() != Measure.RAW;
        Table table = new Table("From token", "High attention to", hiddenHeading(result));
        for (Focus focus : result.queries()) {
            table.add(
                    shortened(result.token(focus.query())),
                    targets(result, focus.attends()),
                    hidden(focus, result, ownMass));
        }
        text.append(table.render());
        result.shares().ifPresent(shares -> text.append('\n').append(shares(shares)));
        if (!result.heads().isEmpty()) {
            text.append("\nHeads that look hardest at another ")
                    .append(result.look().pieces() ? "piece" : "word")
                    .append(" (their own attention weights, as they are)\n\n");
            Table heads = result.look().token() == null ? headsByToken(result) : heads(result);
            text.append(heads.render());
        }
        answer.check().ifPresent(check -> text.append('\n').append(check(check, result)));
        return text.toString();
    }

    private static String shares(TextShares.Result shares) {
        return "Of what goes to other words, the first text gives %s to the second, and the second %s to the first.\n"
                .formatted(share(shares.firstToSecond()), share(shares.secondToFirst()));
    }

    private static String share(double share) {
        return Double.isNaN(share) ? "–" : number(share);
    }

    private static String check(Occlusion.Result check, LookResult result) {
        StringBuilder text =
                new StringBuilder(
                        "How far to believe it: each %s replaced by %s in turn, and how far that moves the others.\n\n"
                                .formatted(
                                        result.look().pieces() ? "piece" : "word", check.token()));
        Table table = new Table("Measure", "Spearman", "Same first");
        for (Measure measure : Measure.values()) {
            Occlusion.Agreement agreement = check.agreements().get(measure);
            if (agreement != null) {
                table.add(
                        measure.name().toLowerCase(Locale.ROOT),
                        share(agreement.spearman()),
                        share(agreement.top1()));
            }
        }
        return text.append(table.render())
                .append(
                        "\nMeans over %d tokens, all heads: 1 would be full agreement, 0 none.\n"
                                .formatted(check.queries()))
                .toString();
    }

    /** A row for each head of a chosen token. */
    private static Table heads(LookResult result) {
        Table table = new Table("From token", "Head", "High attention to");
        for (HeadFocus entry : result.heads()) {
            table.add(
                    shortened(result.token(entry.query())),
                    entry.head().toString(),
                    targets(result, entry.attends()));
        }
        return table;
    }

    /** A row for each token, with the first target of each of its heads. */
    private static Table headsByToken(LookResult result) {
        Map<Integer, String> found = new LinkedHashMap<>();
        for (HeadFocus entry : result.heads()) {
            String target = targets(result, entry.attends().subList(0, 1));
            found.merge(entry.query(), entry.head() + " → " + target, (a, b) -> a + "   " + b);
        }
        Table table = new Table("From token", "Head → high attention to");
        found.forEach((query, heads) -> table.add(shortened(result.token(query)), heads));
        return table;
    }

    /** One line that says what is measured, one that says what is hidden. */
    static String heading(LookAnswer answer) {
        LookResult result = answer.result();
        Look look = result.look();
        String heads =
                switch (look.selection()) {
                    case Selection.All _ -> "all %d heads".formatted(result.headCount());
                    case Selection.OfLayer(int layer) ->
                            "the %d heads of layer %d".formatted(result.headCount(), layer);
                    case Selection.OfHead(HeadId head) -> "head " + head;
                    case Selection.Several several ->
                            "%d heads together (%s)"
                                    .formatted(
                                            result.headCount(),
                                            Terminal.shortened(several.toString(), NAMES_WIDTH));
                };
        String unit = look.pieces() ? "piece" : "word";
        String measure =
                switch (look.measure()) {
                    case NORM ->
                            "norm-weighted relevance, %s: the share of what attention brings to a %s that comes from each other one"
                                    .formatted(heads, unit);
                    case RAW ->
                            "attention weights of %s%s, as the model has them"
                                    .formatted(heads, result.headCount() > 1 ? ", averaged" : "");
                    case ROLLOUT -> "attention rollout through %s".formatted(heads);
                    case ALTI ->
                            "ALTI through %s: the share of each other %s in what the layers together make of a %s"
                                    .formatted(heads, unit, unit);
                };
        String warning = look.measure().warning().map(w -> ", " + w).orElse("");
        return "%s · %s%s\n%s\n"
                .formatted(answer.model(), measure, warning, hiddenLine(result, unit));
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

    private LookText() {}
}

package heed.app.heads;

import heed.app.terminal.Table;
import heed.microscope.coreference.PairScores;
import heed.microscope.heads.HeadLabel;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.microscope.heads.SimilarHeads;
import heed.microscope.relevance.Measure;
import heed.microscope.treebank.Direction;
import heed.microscope.treebank.RelationScores;
import heed.microscope.treebank.TreebankScores;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** {@code heads} as tables for a reader. */
final class HeadsText {
    private static final int HEADS_OF_PAIRS = 10;
    private static final int SIMILAR = 5;

    private final HeadsReport report;
    private final StringBuilder text = new StringBuilder();

    private HeadsText(HeadsReport report) {
        this.report = report;
    }

    static String render(HeadsReport report) {
        HeadsText text = new HeadsText(report);
        text.text.append("%s · %s\n\n".formatted(report.model(), report.source()));
        report.treebank().ifPresent(text::appendTreebank);
        report.pairs().ifPresent(text::appendPairs);
        if (report.chosen().isPresent()) {
            text.appendOne(report.profiles().getFirst());
        } else if (!report.profiles().isEmpty()) {
            text.appendProfiles();
        }
        return text.text.toString();
    }

    private void appendProfiles() {
        List<HeadMeasure> measures = report.measures();
        List<String> headings = new ArrayList<>(List.of("Head"));
        measures.forEach(measure -> headings.add(heading(measure)));
        headings.add("Labels");
        Table table = new Table(headings.toArray(String[]::new));
        for (HeadProfile profile : report.profiles()) {
            List<String> row = new ArrayList<>(List.of(profile.head().toString()));
            measures.forEach(measure -> row.add(value(profile, measure)));
            row.add(labels(report.labels(profile)));
            table.add(row.toArray(String[]::new));
        }
        text.append(table.render())
                .append("\nMeans over %,d tokens. ".formatted(report.tokens()))
                .append(
                        measures.stream()
                                .map(m -> heading(m) + ": " + m.words())
                                .collect(Collectors.joining("; ")))
                .append(".\n");
    }

    private static String heading(HeadMeasure measure) {
        return switch (measure) {
            case PREVIOUS -> "prev";
            case NEXT -> "next";
            case SELF -> "self";
            case FIRST -> "first";
            case SPECIAL -> "special";
            case ENTROPY -> "entropy";
            case ENTROPY_WITHOUT_FIRST -> "w/o 1st";
            case DISTANCE -> "distance";
            case CONFIDENCE -> "conf.";
            case OFFSET_SHARE -> "offset";
            case DUPLICATE -> "dupl.";
            case INDUCTION -> "induct.";
            case VARIABILITY -> "var.";
        };
    }

    private static String value(HeadProfile profile, HeadMeasure measure) {
        double value = profile.get(measure);
        if (Double.isNaN(value)) {
            return "–";
        }
        return measure == HeadMeasure.OFFSET_SHARE
                ? "%s at %+d".formatted(number(value), profile.offset())
                : number(value);
    }

    private static String labels(List<HeadLabel> labels) {
        return labels.stream()
                .map(label -> label.name() + " " + number(label.figure()))
                .collect(Collectors.joining("; "));
    }

    /** One head in full. */
    private void appendOne(HeadProfile profile) {
        Table table = new Table(profile.head().toString(), "");
        for (HeadMeasure measure : report.measures()) {
            table.add(measure.words(), value(profile, measure));
        }
        List<HeadLabel> labels = report.labels(profile);
        table.add("labels", labels.isEmpty() ? "none earned" : labels(labels));
        text.append(table.render());
        if (!report.similar().isEmpty()) {
            text.append("\nHeads that attend most like it (Jensen–Shannon divergence, nats)\n\n");
            Table similar = new Table("Head", "Divergence");
            for (SimilarHeads.Similar other : report.similar().stream().limit(SIMILAR).toList()) {
                similar.add(other.head().toString(), number(other.divergence()));
            }
            text.append(similar.render());
        }
        report.treebank()
                .ifPresent(
                        scores -> {
                            text.append("\nHow often it finds the word of a relation\n\n");
                            Table relations =
                                    new Table(
                                            "Relation",
                                            "Pairs",
                                            "Best offset",
                                            Direction.TO_HEAD.words(),
                                            Direction.TO_DEPENDENT.words());
                            for (RelationScores relation : scores.relations()) {
                                relations.add(
                                        relation.relation(),
                                        "%,d".formatted(relation.count()),
                                        offset(relation),
                                        number(scores.of(relation.toHead(), profile.head())),
                                        number(scores.of(relation.toDependent(), profile.head())));
                            }
                            text.append(relations.render());
                        });
    }

    private void appendTreebank(TreebankScores scores) {
        text.append(
                "%,d sentences, %,d too long for the model; %,d pairs left out, of which a word has no piece.\n"
                        .formatted(scores.sentences(), scores.skipped(), scores.pairsLeftOut()));
        text.append(
                scores.split()
                        ? "Heads and offsets are chosen on every other sentence and scored on the rest.\n\n"
                        : "Heads and offsets are chosen and scored on all sentences.\n\n");
        Table table =
                new Table(
                        "Relation",
                        "Pairs",
                        "Best offset",
                        "Best head, " + Direction.TO_HEAD.words(),
                        "Best head, " + Direction.TO_DEPENDENT.words());
        for (RelationScores relation : scores.relations()) {
            table.add(
                    relation.relation(),
                    "%,d".formatted(relation.count()),
                    offset(relation),
                    best(relation, Direction.TO_HEAD),
                    best(relation, Direction.TO_DEPENDENT));
        }
        text.append(table.render())
                .append(
                        "\nAccuracies with their 95 % intervals (bootstrap over sentences); * is 10 points and more above the"
                                + " best fixed offset, and its interval too.\n\n");
    }

    private static String offset(RelationScores relation) {
        return "%s at %+d".formatted(number(relation.offsetAccuracy()), relation.offset());
    }

    private static String best(RelationScores relation, Direction direction) {
        RelationScores.Best best = relation.best(direction);
        return "%s %s [%s, %s]%s"
                .formatted(
                        best.head(),
                        number(best.accuracy()),
                        number(best.low()),
                        number(best.high()),
                        relation.isEarned(direction) ? " *" : "");
    }

    private void appendPairs(PairScores scores) {
        text.append(
                "%,d cases, %,d groups of them that differ by a word, %,d left out; the nearer candidate is right in %s.\n\n"
                        .formatted(
                                scores.cases(),
                                scores.pairs(),
                                scores.leftOut(),
                                number(scores.nearest())));
        Table table = new Table("Head or measure", "Right", "All of a group right");
        scores.heads().stream()
                .sorted(
                        Comparator.comparingDouble(
                                (PairScores.HeadScore head) -> -head.score().accuracy()))
                .limit(HEADS_OF_PAIRS)
                .forEach(head -> addScore(table, head.head().toString(), head.score()));
        for (Measure measure : Measure.values()) {
            addScore(
                    table,
                    measure.name().toLowerCase(Locale.ROOT) + ", all heads",
                    scores.of(measure));
        }
        text.append(table.render())
                .append(
                        "\nThe best of %d heads, chosen on the cases they are scored on, and the measures over all heads.\n"
                                .formatted(scores.heads().size()));
    }

    private static void addScore(Table table, String name, PairScores.Score score) {
        table.add(
                name,
                number(score.accuracy()),
                Double.isNaN(score.both()) ? "–" : number(score.both()));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}

package heed.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a report as a Markdown table: a line for each work and number of threads, Heed's
 * figures, and how many times as long each peer took.
 */
final class MarkdownTable {

    static String of(List<Report.Row> rows) {
        Set<String> peers = new LinkedHashSet<>();
        Map<String, List<Report.Row>> races = new LinkedHashMap<>();
        for (Report.Row row : rows) {
            races.computeIfAbsent(row.work() + " " + row.threads(), _ -> new ArrayList<>())
                    .add(row);
            if (row.ratio() != null) {
                peers.add(row.contender());
            }
        }
        StringBuilder table =
                new StringBuilder("| work | threads | Heed, ms | GFLOP/s | of the limit |");
        peers.forEach(peer -> table.append(" %s ÷ Heed |".formatted(peer)));
        table.append("\n|---|---|---|---|---|").append("---|".repeat(peers.size()));
        for (List<Report.Row> race : races.values()) {
            table.append('\n').append(line(race, peers));
        }
        return table.append('\n').toString();
    }

    private static String line(List<Report.Row> race, Set<String> peers) {
        Report.Row first = race.getFirst();
        List<String> cells = new ArrayList<>();
        cells.add(first.work());
        cells.add(String.valueOf(first.threads()));
        cells.add(
                (first.medianMillis() < 10 ? "%.2f" : first.medianMillis() < 100 ? "%.1f" : "%.0f")
                        .formatted(first.medianMillis()));
        cells.add(cell("%.0f", first.gflops()));
        cells.add(
                first.percentOfBandwidth() == null
                        ? cell("%.0f %%", first.percentOfPeak())
                        : cell("%.0f %% of reading", first.percentOfBandwidth()));
        for (String peer : peers) {
            cells.add(
                    race.stream()
                            .filter(row -> row.contender().equals(peer))
                            .map(row -> cell("%.2f", row.ratio()))
                            .collect(Collectors.joining()));
        }
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static String cell(String format, @Nullable Double value) {
        return value == null ? "" : format.formatted(value);
    }

    private MarkdownTable() {}
}

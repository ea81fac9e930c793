package heed.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Prints what comes out, and keeps it for the one line of JSON at the end. */
final class Report {
    private final PrintStream out;
    private final MachineLimits limits;
    private final List<Row> rows = new ArrayList<>();

    /**
     * One contender at one work.
     *
     * @param gflops 10⁹ operations a second
     * @param percentOfPeak of the multiply-adds measured in this run
     * @param percentOfBandwidth of the reading measured in this run
     * @param ratio its time ÷ Heed's
     * @param difference largest difference from Heed's result
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Row(
            String work,
            int threads,
            String contender,
            double medianMillis,
            int rounds,
            @Nullable Double ratio,
            @Nullable Double difference,
            @Nullable Double gflops,
            @Nullable Double percentOfPeak,
            @Nullable Double percentOfBandwidth) {

        /** The same under another name of its work. */
        Row of(String work) {
            return new Row(
                    work,
                    threads,
                    contender,
                    medianMillis,
                    rounds,
                    ratio,
                    difference,
                    gflops,
                    percentOfPeak,
                    percentOfBandwidth);
        }
    }

    Report(PrintStream out, MachineLimits limits) {
        this.out = out;
        this.limits = limits;
    }

    void line(String text) {
        out.println(text);
    }

    /** Prints names and values on one line. */
    void heading(Map<String, ?> values) {
        out.println(
                values.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .collect(Collectors.joining(", ")));
    }

    /** Prints the finishes of one work; Heed's comes first. */
    void add(Work work, int threads, List<Race.Finish> finishes) {
        out.printf(
                "%n%s, %d thread%s, %d rounds%n",
                work.name(), threads, threads == 1 ? "" : "s", finishes.getFirst().rounds());
        for (int i = 0; i < finishes.size(); i++) {
            Row row = row(work, threads, finishes.get(i), i == 0);
            rows.add(row);
            out.println(text(row));
        }
        out.flush();
    }

    private Row row(Work work, int threads, Race.Finish finish, boolean first) {
        double seconds = finish.medianMillis() / 1e3;
        double gflops = work.gigaflop() / seconds;
        double bytes = work.gigabytes() / seconds;
        return new Row(
                work.name(),
                threads,
                finish.name(),
                rounded(finish.medianMillis(), 3),
                finish.rounds(),
                first ? null : rounded(finish.ratio(), 3),
                first || !work.equal() ? null : finish.difference(),
                gflops > 0 ? rounded(gflops, 1) : null,
                gflops > 0 ? rounded(100 * gflops / limits.peak(threads), 1) : null,
                bytes > 0 ? rounded(100 * bytes / limits.bandwidth(threads), 1) : null);
    }

    private static String text(Row row) {
        StringBuilder text =
                new StringBuilder(
                        "    %-18s%12.3f ms".formatted(row.contender(), row.medianMillis()));
        text.append(row.ratio() == null ? " ".repeat(8) : "  ×%5.2f".formatted(row.ratio()));
        if (row.gflops() != null) {
            text.append("  %7.1f GFLOP/s".formatted(row.gflops()));
        }
        if (row.percentOfPeak() != null) {
            text.append("  %5.1f %% of peak".formatted(row.percentOfPeak()));
        }
        if (row.percentOfBandwidth() != null) {
            text.append("  %5.1f %% of bandwidth".formatted(row.percentOfBandwidth()));
        }
        if (row.difference() != null) {
            text.append("  max |Δ| %.1e".formatted(row.difference()));
        }
        return text.toString();
    }

    /** Adds rows that another process printed. */
    void addAll(List<Row> more) {
        rows.addAll(more);
    }

    /** The rows so far. */
    List<Row> rows() {
        return List.copyOf(rows);
    }

    /** All of it in one line. */
    String json(Map<String, ?> machine, Map<String, ?> settings, Map<String, String> versions) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", machine);
        all.put("settings", settings);
        all.put("versions", versions);
        all.put("rows", rows);
        return JsonMapper.shared().writeValueAsString(all);
    }

    static double rounded(double value, int digits) {
        double factor = Math.pow(10, digits);
        return Math.round(value * factor) / factor;
    }
}

package heed.app.bench;

import de.siegmar.fastcsv.writer.CsvWriter;
import heed.microscope.cost.ModelShape;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import tools.jackson.databind.json.JsonMapper;

/** What {@code bench} found, as text, JSON and CSV. */
final class BenchReport {
    private static final String NOT_RUN = "–";

    static String text(Benchmark benchmark, List<Benchmark.Row> rows) {
        ModelShape shape = benchmark.shape();
        StringBuilder text = new StringBuilder();
        text.append(
                "%d heads, d %d, %s, float32, %d threads%n%n"
                        .formatted(
                                shape.heads(),
                                shape.headDim(),
                                shape.causal() ? "causal" : "full",
                                benchmark.threads()));
        text.append(
                "%9s  %11s  %11s  %8s  %10s  %10s  %9s%n"
                        .formatted(
                                "Tokens",
                                "Naive",
                                "Tiled",
                                "Speed-up",
                                "Naive",
                                "Tiled",
                                "GFLOP/s"));
        boolean all = true;
        double difference = 0;
        for (Benchmark.Row row : rows) {
            all &= row.naiveSeconds().isPresent();
            difference = Math.max(difference, row.difference().orElse(0));
            text.append(
                    "%,9d  %11s  %11s  %8s  %10s  %10s  %9.1f%n"
                            .formatted(
                                    row.tokens(),
                                    time(row.naiveSeconds()),
                                    time(OptionalDouble.of(row.tiledSeconds())),
                                    row.speedup().isPresent()
                                            ? "× %.1f".formatted(row.speedup().getAsDouble())
                                            : NOT_RUN,
                                    bytes(row.naiveBytes()),
                                    bytes(row.tiledBytes()),
                                    row.gflops()));
        }
        text.append(
                "%nTimes are medians of %d runs; the outputs differ by %.1e at most.%n"
                        .formatted(benchmark.runs(), difference));
        text.append(
                "Memory is what is held beside inputs and output, computed: for each thread the scores of a head, or the panels of a tile.%n"
                        .formatted());
        if (!all) {
            text.append(
                    "%s not run: the scores do not fit half of the heap, or it would take more than 20 s.%n"
                            .formatted(NOT_RUN));
        }
        return text.toString();
    }

    static String json(Benchmark benchmark, List<Benchmark.Row> rows) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("heads", benchmark.shape().heads());
        json.put("headDim", benchmark.shape().headDim());
        json.put("causal", benchmark.shape().causal());
        json.put("threads", benchmark.threads());
        json.put("runs", benchmark.runs());
        List<Map<String, Object>> list = new ArrayList<>();
        for (Benchmark.Row row : rows) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("tokens", row.tokens());
            row.naiveSeconds().ifPresent(seconds -> entry.put("naiveSeconds", seconds));
            entry.put("tiledSeconds", row.tiledSeconds());
            row.speedup().ifPresent(ratio -> entry.put("speedup", ratio));
            entry.put("naiveBytes", row.naiveBytes());
            entry.put("tiledBytes", row.tiledBytes());
            entry.put("gflops", row.gflops());
            row.difference().ifPresent(largest -> entry.put("difference", largest));
            list.add(entry);
        }
        json.put("rows", list);
        return JsonMapper.shared().writeValueAsString(json) + "\n";
    }

    static String csv(List<Benchmark.Row> rows) {
        StringWriter text = new StringWriter();
        CsvWriter csv = CsvWriter.builder().build(text);
        csv.writeRecord(
                "tokens", "naiveSeconds", "tiledSeconds", "naiveBytes", "tiledBytes", "gflops");
        for (Benchmark.Row row : rows) {
            csv.writeRecord(
                    String.valueOf(row.tokens()),
                    row.naiveSeconds().isPresent()
                            ? String.valueOf(row.naiveSeconds().getAsDouble())
                            : "",
                    String.valueOf(row.tiledSeconds()),
                    String.valueOf(row.naiveBytes()),
                    String.valueOf(row.tiledBytes()),
                    String.valueOf(row.gflops()));
        }
        return text.toString();
    }

    private static String time(OptionalDouble seconds) {
        if (seconds.isEmpty()) {
            return NOT_RUN;
        }
        double value = seconds.getAsDouble();
        return value < 1 ? "%.2f ms".formatted(value * 1e3) : "%.2f s".formatted(value);
    }

    private static String bytes(long bytes) {
        return bytes < 1e6
                ? "%.0f kB".formatted(bytes / 1e3)
                : bytes < 1e9 ? "%.1f MB".formatted(bytes / 1e6) : "%.2f GB".formatted(bytes / 1e9);
    }

    private BenchReport() {}
}

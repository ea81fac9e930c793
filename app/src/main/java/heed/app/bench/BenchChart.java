package heed.app.bench;

import heed.app.chart.Charts;
import heed.microscope.cost.ModelShape;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Time and memory over the tokens, both on logarithmic axes. */
final class BenchChart {
    private static final int TILED = 0;
    private static final int NAIVE = 1;

    static Charts of(Benchmark benchmark, List<Benchmark.Row> rows) {
        List<Benchmark.Row> naive =
                rows.stream().filter(row -> row.naiveSeconds().isPresent()).toList();
        ModelShape shape = benchmark.shape();
        String what =
                "%d heads, d %d, %s, %d threads"
                        .formatted(
                                shape.heads(),
                                shape.headDim(),
                                shape.causal() ? "causal" : "full",
                                benchmark.threads());
        XYChart time = chart("Time of attention: " + what, "milliseconds");
        if (!naive.isEmpty()) {
            add(
                    time,
                    "naive",
                    NAIVE,
                    naive,
                    naive.stream().map(row -> 1e3 * row.naiveSeconds().orElseThrow()).toList());
        }
        add(
                time,
                "in tiles",
                TILED,
                rows,
                rows.stream().map(row -> 1e3 * row.tiledSeconds()).toList());
        XYChart memory = chart("Memory beside inputs and output", "megabytes");
        add(
                memory,
                "naive",
                NAIVE,
                rows,
                rows.stream().map(row -> row.naiveBytes() / 1e6).toList());
        add(
                memory,
                "in tiles",
                TILED,
                rows,
                rows.stream().map(row -> Math.max(1, row.tiledBytes()) / 1e6).toList());
        return new Charts(List.of(time, memory), 2);
    }

    private static XYChart chart(String title, String unit) {
        XYChart chart = Charts.chart(title, "tokens", unit, LegendPosition.InsideNW);
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        return chart;
    }

    private static void add(
            XYChart chart, String name, int colour, List<Benchmark.Row> rows, List<Double> values) {
        Charts.add(
                chart,
                name,
                colour,
                true,
                rows.stream().map(Benchmark.Row::tokens).toList(),
                values);
    }

    private BenchChart() {}
}

import heed.app.chart.Charts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws what bench/ring-memory has measured: peak resident memory over the tokens of a worker. */
void main(String[] args) throws Exception {
    Map<String, List<int[]>> series = new LinkedHashMap<>();
    for (String line : Files.readAllLines(Path.of(args[0])).stream().skip(1).toList()) {
        String[] fields = line.split(",");
        int workers = Integer.parseInt(fields[1]);
        int tokens = Integer.parseInt(fields[2]);
        int mib = Integer.parseInt(fields[3]);
        series.computeIfAbsent(fields[0], _ -> new ArrayList<>()).add(new int[] {workers, tokens / workers, mib});
    }
    XYChart overWorkers = Charts.chart("A worker's memory", "workers p", "peak resident, MiB", LegendPosition.InsideNE);
    XYChart overShare = Charts.chart("The same over its share", "tokens of a worker n/p", "peak resident, MiB", LegendPosition.InsideNW);
    int colour = 0;
    for (var one : series.entrySet()) {
        List<Integer> mib = one.getValue().stream().map(row -> row[2]).toList();
        Charts.add(overWorkers, one.getKey(), colour, true, one.getValue().stream().map(row -> row[0]).toList(), mib);
        Charts.add(overShare, one.getKey(), colour, true, one.getValue().stream().map(row -> row[1]).toList(), mib);
        colour++;
    }
    for (XYChart chart : List.of(overWorkers, overShare)) {
        chart.getStyler().setYAxisMin(0.0).setXAxisDecimalPattern("#,###");
    }
    new Charts(List.of(overWorkers, overShare), 2).write(Path.of(args[1]));
}

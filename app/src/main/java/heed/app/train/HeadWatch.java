package heed.app.train;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import heed.app.chart.Charts;
import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.microscope.heads.HeadProfiler;
import heed.microscope.heads.RandomRepeat;
import heed.transformer.checkpoint.AtomicFile;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.train.TrainingHistory;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendPosition;

/**
 * How heads form: what each attends to while the model learns, measured as {@code heed heads
 * --random} does, on random tokens and the same once more.
 */
final class HeadWatch {
    private static final String CSV = "heads.csv";
    private static final int MOST_TOKENS = 64;
    private static final long SEED = 1;

    /** More than these get no legend. */
    private static final int NAMED_HEADS = 16;

    private static final List<HeadMeasure> MEASURES =
            List.of(
                    HeadMeasure.PREVIOUS,
                    HeadMeasure.FIRST,
                    HeadMeasure.DUPLICATE,
                    HeadMeasure.INDUCTION);

    /** A head at a step. */
    private record Row(int step, String head, Map<HeadMeasure, Double> values) {}

    private final Path folder;
    private final PretrainedDecoder model;
    private final int tokens;
    private final List<Row> rows = new ArrayList<>();

    /**
     * @param model follows the training
     * @param step those that were measured up to it are gone on with
     */
    HeadWatch(Path folder, PretrainedDecoder model, int step) throws IOException {
        this.folder = folder;
        this.model = model;
        this.tokens = Math.min(MOST_TOKENS, model.positions() / 2);
        if (Files.isRegularFile(folder.resolve(CSV))) {
            try (CsvReader<NamedCsvRecord> csv =
                    CsvReader.builder().ofNamedCsvRecord(folder.resolve(CSV))) {
                csv.stream()
                        .map(HeadWatch::row)
                        .filter(row -> row.step() <= step)
                        .forEach(rows::add);
            }
        }
    }

    private static Row row(NamedCsvRecord line) {
        Map<HeadMeasure, Double> values = new EnumMap<>(HeadMeasure.class);
        for (HeadMeasure measure : MEASURES) {
            values.put(measure, Double.parseDouble(line.getField(name(measure))));
        }
        return new Row(Integer.parseInt(line.getField("step")), line.getField("head"), values);
    }

    /** Measures all heads and writes what was measured so far. */
    void measure(int step, List<TrainingHistory.Evaluation> evaluations) throws IOException {
        List<HeadId> heads = HeadId.all(model.attention().size(), model.heads());
        HeadProfiler profiler = new HeadProfiler(heads);
        profiler.add(
                ModelRun.of(
                        model,
                        RandomRepeat.of(model, tokens, SEED),
                        AttentionTrace.ofAll(),
                        Listener.none()),
                Listener.none());
        for (HeadProfile profile : profiler.profiles()) {
            Map<HeadMeasure, Double> values = new EnumMap<>(HeadMeasure.class);
            MEASURES.forEach(measure -> values.put(measure, profile.get(measure)));
            rows.add(new Row(step, profile.head().toString(), values));
        }
        writeCsv();
        Charts charts = charts(evaluations);
        charts.write(folder.resolve("heads.svg"));
        charts.write(folder.resolve("heads.png"));
    }

    private void writeCsv() throws IOException {
        StringWriter text = new StringWriter();
        CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text);
        List<String> heading = new ArrayList<>(List.of("step", "head"));
        MEASURES.forEach(measure -> heading.add(name(measure)));
        csv.writeRecord(heading);
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(String.valueOf(row.step()), row.head()));
            MEASURES.forEach(
                    measure -> line.add("%.6f".formatted(row.values().getOrDefault(measure, 0.0))));
            csv.writeRecord(line);
        }
        csv.flush();
        AtomicFile.write(
                folder.resolve(CSV),
                stream -> stream.write(text.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private static String name(HeadMeasure measure) {
        return measure.name().toLowerCase(Locale.ROOT);
    }

    /** The loss over the steps, and each measure with a line for each head. */
    private Charts charts(List<TrainingHistory.Evaluation> evaluations) {
        XYChart loss = Charts.chart("Loss", "step", "nats", LegendPosition.InsideNE);
        Charts.add(
                loss,
                "validation",
                0,
                true,
                evaluations.stream().map(TrainingHistory.Evaluation::step).toList(),
                evaluations.stream().map(TrainingHistory.Evaluation::validation).toList());
        List<XYChart> charts = new ArrayList<>(List.of(loss));
        Map<String, List<Row>> byHead = new LinkedHashMap<>();
        rows.forEach(row -> byHead.computeIfAbsent(row.head(), _ -> new ArrayList<>()).add(row));
        for (HeadMeasure measure : MEASURES) {
            XYChart chart =
                    Charts.chart(
                            "Attention to: " + measure.words(),
                            "step",
                            "mean weight",
                            LegendPosition.OutsideE);
            chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
            chart.getStyler().setLegendVisible(byHead.size() <= NAMED_HEADS);
            int colour = 0;
            for (Map.Entry<String, List<Row>> head : byHead.entrySet()) {
                Charts.add(
                        chart,
                        head.getKey(),
                        colour++,
                        false,
                        head.getValue().stream().map(Row::step).toList(),
                        head.getValue().stream()
                                .map(row -> row.values().getOrDefault(measure, 0.0))
                                .toList());
            }
            charts.add(chart);
        }
        return new Charts(charts, 2);
    }
}

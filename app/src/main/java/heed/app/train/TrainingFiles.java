package heed.app.train;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import heed.app.chart.Charts;
import heed.transformer.checkpoint.AtomicFile;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.model.Gpt2Folder;
import heed.transformer.train.Trainer;
import heed.transformer.train.TrainingCheckpoint;
import heed.transformer.train.TrainingHistory;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendPosition;
import tools.jackson.databind.json.JsonMapper;

/** What a training leaves in its folder, beside what says how the model is shaped. */
final class TrainingFiles {
    /** What a training that has ended says of itself. */
    static final String SUMMARY = "training.json";

    private static final String LOSSES = "loss.csv";

    /** Points that the training loss is drawn with at most. */
    private static final int POINTS = 200;

    private final Path folder;
    private final Trainer trainer;
    private final ElementType type;

    TrainingFiles(Path folder, Trainer trainer, ElementType type) {
        this.folder = folder;
        this.trainer = trainer;
        this.type = type;
    }

    /** The model as it is now. */
    void writeModel() throws IOException {
        Gpt2Folder.writeWeights(folder, trainer.model().config(), trainer.parameters(), type);
    }

    /** The losses as numbers and as a curve. */
    void writeLosses() throws IOException {
        write(LOSSES, csv());
        Charts charts = new Charts(List.of(chart()), 1);
        charts.write(folder.resolve("loss.svg"));
        charts.write(folder.resolve("loss.png"));
    }

    /** What is needed to go on: after all else, so that all else is there if this is. */
    void writeCheckpoint() throws IOException {
        TrainingCheckpoint.write(folder, trainer);
    }

    /** How it went; a checkpoint is needed no more. */
    void finish(String command, double seconds) throws IOException {
        TrainingHistory.Evaluation best = trainer.history().best();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("command", command);
        json.put("model", trainer.model().config());
        json.put("settings", trainer.settings());
        json.put("trainingTokens", trainer.dataset().trainingTokens());
        json.put("validationTokens", trainer.dataset().validationTokens());
        json.put("tokens", trainer.dataset().fingerprint());
        json.put("steps", trainer.history().losses().length);
        json.put("best", best);
        json.put("last", trainer.history().evaluations().getLast());
        json.put("seconds", Math.round(seconds));
        write(
                SUMMARY,
                JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(json)
                        + "\n");
        Files.deleteIfExists(folder.resolve(TrainingCheckpoint.FILE));
    }

    private void write(String name, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(folder.resolve(name), stream -> stream.write(bytes));
    }

    /** A line for each step, with the validation loss where there was an evaluation. */
    private String csv() throws IOException {
        Map<Integer, Double> validation = new HashMap<>();
        trainer.history().evaluations().forEach(e -> validation.put(e.step(), e.validation()));
        float[] losses = trainer.history().losses();
        StringWriter text = new StringWriter();
        CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text);
        csv.writeRecord("step", "training", "validation", "learning_rate");
        for (int step = 0; step <= losses.length; step++) {
            Double validated = validation.get(step);
            csv.writeRecord(
                    String.valueOf(step),
                    step == 0 ? "" : String.valueOf(losses[step - 1]),
                    validated == null ? "" : "%.6f".formatted(validated),
                    step == 0 ? "" : "%.4g".formatted(trainer.settings().schedule().at(step - 1)));
        }
        csv.flush();
        return text.toString();
    }

    private XYChart chart() {
        TrainingHistory history = trainer.history();
        XYChart chart = Charts.chart("Loss", "step", "nats", LegendPosition.InsideNE);
        float[] losses = history.losses();
        int stride = Math.max(1, losses.length / POINTS);
        List<Integer> steps = new ArrayList<>();
        List<Double> means = new ArrayList<>();
        for (int from = 0; from + stride <= losses.length; from += stride) {
            double sum = 0;
            for (int i = from; i < from + stride; i++) {
                sum += losses[i];
            }
            steps.add(from + stride);
            means.add(sum / stride);
        }
        if (!steps.isEmpty()) {
            Charts.add(chart, "training", 5, false, steps, means);
        }
        List<TrainingHistory.Evaluation> evaluations = history.evaluations();
        Charts.add(
                chart,
                "validation",
                0,
                true,
                evaluations.stream().map(TrainingHistory.Evaluation::step).toList(),
                evaluations.stream().map(TrainingHistory.Evaluation::validation).toList());
        return chart;
    }
}

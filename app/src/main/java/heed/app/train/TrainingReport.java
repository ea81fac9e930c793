package heed.app.train;

import heed.app.terminal.Progress;
import heed.app.terminal.Terminal;
import heed.attention.KvCache;
import heed.transformer.generate.Sampler;
import heed.transformer.generate.TextGenerator;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.train.Trainer;
import heed.transformer.train.TrainingHistory;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells how a training goes, and writes down what it has come to. */
final class TrainingReport implements Trainer.Listener, AutoCloseable {
    private static final Sampler.Settings SAMPLING = new Sampler.Settings(0.8, 0, 1, 0, 1, 1);

    /** Share of the last steps' mean that a step leaves. */
    private static final double KEPT = 0.95;

    private final Trainer trainer;
    private final TrainingFiles files;
    private final PretrainedDecoder model;
    private final int[] prompt;
    private final int sampleTokens;
    private final @Nullable HeadWatch heads;
    private final PrintWriter out;
    private final PrintWriter err;
    private final long started = System.nanoTime();
    private final int firstStep;
    private long evaluating;
    private double meanLoss = Double.NaN;
    private Progress progress = Progress.none();

    /**
     * @param prompt what samples go on with
     * @param heads is asked at every evaluation, if there is one
     */
    TrainingReport(
            Trainer trainer,
            TrainingFiles files,
            PretrainedDecoder model,
            int[] prompt,
            int sampleTokens,
            @Nullable HeadWatch heads,
            PrintWriter out,
            PrintWriter err) {
        this.trainer = trainer;
        this.files = files;
        this.model = model;
        this.prompt = prompt.clone();
        this.sampleTokens = sampleTokens;
        this.heads = heads;
        this.out = out;
        this.err = err;
        this.firstStep = trainer.history().losses().length;
        showProgress(firstStep);
    }

    /** Seconds that training took, without evaluations. */
    double seconds() {
        return (System.nanoTime() - started - evaluating) / 1e9;
    }

    private int tokensOfStep() {
        return trainer.settings().batch() * trainer.settings().context();
    }

    private void showProgress(int step) {
        if (Terminal.isError()) {
            progress =
                    Progress.bar(
                            "training",
                            " tokens",
                            (long) step * tokensOfStep(),
                            (long) trainer.settings().steps() * tokensOfStep(),
                            err);
        }
    }

    @Override
    public void stepped(int step, double loss) {
        meanLoss = Double.isNaN(meanLoss) ? loss : KEPT * meanLoss + (1 - KEPT) * loss;
        progress.accept((long) step * tokensOfStep());
        progress.note("loss %.3f".formatted(meanLoss));
    }

    @Override
    public void evaluated(TrainingHistory.Evaluation evaluation, boolean best) throws IOException {
        long from = System.nanoTime();
        progress.close();
        out.println(line(evaluation, best));
        if (sampleTokens > 0) {
            out.println(sample().indent(4).stripTrailing());
        }
        out.flush();
        if (best) {
            files.writeModel();
        }
        files.writeLosses();
        if (heads != null) {
            heads.measure(evaluation.step(), trainer.history().evaluations());
        }
        files.writeCheckpoint();
        evaluating += System.nanoTime() - from;
        if (!trainer.isFinished()) {
            showProgress(evaluation.step());
        }
    }

    private String line(TrainingHistory.Evaluation evaluation, boolean best) {
        double seconds = seconds();
        int steps = evaluation.step() - firstStep;
        String training =
                evaluation.step() == 0 ? "" : "  training %.4f".formatted(evaluation.training());
        String speed =
                steps == 0
                        ? ""
                        : "  %,.0f tokens/s".formatted((double) steps * tokensOfStep() / seconds);
        return "step %,6d%s  validation %.4f%s%s"
                .formatted(
                        evaluation.step(),
                        training,
                        evaluation.validation(),
                        best ? " (best)" : "",
                        speed);
    }

    /** What the model says now. */
    private String sample() {
        int most = Math.min(sampleTokens, model.positions() - prompt.length);
        return new TextGenerator(model)
                .generate(
                        prompt,
                        most,
                        new Sampler(SAMPLING),
                        KvCache.Storage.FLOAT32,
                        List.of(),
                        AttentionProbe.none(),
                        _ -> {})
                .text();
    }

    @Override
    public void close() {
        progress.close();
    }
}

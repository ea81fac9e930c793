package heed.app.train;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Failure;
import heed.app.terminal.Verbose;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.train.Trainer;
import heed.transformer.train.TrainingCheckpoint;
import heed.transformer.train.TrainingException;
import heed.transformer.train.TrainingHistory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed train}: a GPT-2 learns from a text which token follows. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Trains a GPT-2 on a text: which token follows? From random weights, or from a model.",
            "",
            "What comes out is a folder as it is kept at Hugging Face, which look, heads, generate and transformers"
                    + " read. The first nine tenths of the text are learnt from, the rest is for testing; the weights"
                    + " with the lowest loss there are kept. A run that was stopped, however, goes on with --resume,"
                    + " to the same bits.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed train shakespeare.txt --out my-model",
            "  heed train shakespeare.txt --out my-model --resume",
            "  heed train sonnets.txt --from my-model --steps 200 --out tuned",
            "  heed train shakespeare.txt --layers 2 --watch-heads --eval-every 50 --out watched"
        })
public final class TrainCommand implements Callable<Integer> {
    enum Dtype {
        FLOAT32,
        BFLOAT16
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "FILE", description = "The text to learn from, in UTF-8.")
    private Path file = Path.of("");

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            required = true,
            description = "Where the model and all about its training goes; a new folder.")
    private Path out = Path.of("");

    @Option(
            names = "--resume",
            description = "Goes on with the training that was stopped in --out, on the same FILE.")
    private boolean resume;

    @Option(
            names = "--from",
            paramLabel = "MODEL",
            description = "A folder with a GPT-2 to train further, instead of random weights.")
    private @Nullable Path from;

    @Option(
            names = "--tokenizer",
            paramLabel = "FILE",
            description =
                    "A tokenizer.json, or the folder of a model, whose tokens are learnt (default: characters).")
    private @Nullable Path tokenizer;

    @Mixin private final TrainingOptions options = new TrainingOptions();

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "FLOAT32",
            description = "What the weights are written as: float32 (default) or bfloat16.")
    private Dtype dtype = Dtype.FLOAT32;

    @Option(
            names = "--watch-heads",
            description =
                    "Measures at each evaluation what every head attends to on random tokens, twice, and draws it.")
    private boolean watchHeads;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "What the samples go on with (default: the first token of the text).")
    private @Nullable String prompt;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "200",
            description = "Tokens of the sample at each evaluation (default 200); 0 for none.")
    private int sampleTokens;

    @Mixin final Verbose verbose = new Verbose();

    @Override
    public Integer call() throws IOException {
        PrintWriter to = spec.commandLine().getOut();
        if (from != null && tokenizer != null) {
            throw new BadInputException("--from brings its tokenizer: leave out --tokenizer");
        }
        if (resume && (from != null || tokenizer != null)) {
            throw new BadInputException(
                    "--resume goes on as the run was begun: leave out --from and --tokenizer");
        }
        if (resume && TrainingRun.isFinished(out)) {
            to.println("the training in %s has ended: nothing to do".formatted(out));
            return 0;
        }
        try {
            train(prepare(), to);
        } catch (IllegalArgumentException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
        return 0;
    }

    private ElementType type() {
        return dtype == Dtype.BFLOAT16 ? ElementType.BF16 : ElementType.F32;
    }

    private TrainingRun prepare() throws IOException {
        if (resume) {
            return TrainingRun.resumed(file, out, options);
        }
        return from == null
                ? TrainingRun.fromScratch(file, out, options, tokenizer, type())
                : TrainingRun.fromModel(file, out, options, from, type());
    }

    private void train(TrainingRun run, PrintWriter to) throws IOException {
        Trainer trainer = run.trainer();
        PretrainedDecoder model =
                new PretrainedDecoder(
                        out.toString(),
                        trainer.model(),
                        run.tokenizer(),
                        Set.of(),
                        Optional.empty());
        HeadWatch heads =
                watchHeads ? new HeadWatch(out, model, trainer.history().losses().length) : null;
        TrainingFiles files = new TrainingFiles(out, trainer, type());
        try (TrainingReport report =
                new TrainingReport(
                        trainer,
                        files,
                        model,
                        promptIds(run),
                        sampleTokens,
                        heads,
                        to,
                        spec.commandLine().getErr())) {
            trainer.run(report);
            files.finish("heed " + String.join(" ", arguments()), report.seconds());
        } catch (TrainingException e) {
            throw new BadInputException(e.getMessage() + kept(), e);
        } catch (java.nio.file.FileSystemException e) {
            throw new BadInputException(
                    "cannot write %s: %s%s".formatted(out, Failure.reason(e), kept()), e);
        }
        TrainingHistory.Evaluation best = trainer.history().best();
        to.println(
                "%s holds the model of step %d, whose validation loss is %.4f"
                        .formatted(out, best.step(), best.validation()));
    }

    private String kept() {
        return TrainingCheckpoint.isIn(out)
                ? "; what was learnt until the last evaluation is in " + out
                : "";
    }

    private java.util.List<String> arguments() {
        return spec.commandLine().getParseResult().originalArgs();
    }

    private int[] promptIds(TrainingRun run) {
        int[] ids =
                prompt == null || prompt.isEmpty()
                        ? run.trainer().dataset().windows(0, 1).inputs()
                        : run.tokenizer().encode(prompt, false).ids();
        int most = prompt == null ? 1 : run.trainer().model().positions() - 1;
        if (ids.length > most && prompt != null) {
            throw new BadInputException(
                    "the prompt has %d tokens: give %d at most".formatted(ids.length, most));
        }
        return java.util.Arrays.copyOf(ids, Math.min(ids.length, most));
    }
}

package heed.app.train;

import heed.app.terminal.TextSource;
import heed.app.terminal.Verbose;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.layer.Activation;
import heed.transformer.layer.Parameters;
import heed.transformer.model.Gpt2;
import heed.transformer.model.Gpt2Folder;
import heed.transformer.tokenizer.CharacterVocabulary;
import heed.transformer.tokenizer.Tokenizer;
import heed.transformer.train.RandomWeights;
import heed.transformer.train.TokenDataset;
import heed.transformer.train.Trainer;
import heed.transformer.train.TrainingCheckpoint;
import heed.transformer.train.TrainingHistory;
import heed.transformer.train.TrainingSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed train}. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Trains a GPT-2 on a text, to predict the next token.")
public final class TrainCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @picocli.CommandLine.Parameters(index = "0", paramLabel = "FILE", description = "The text.")
    private Path file = Path.of("");

    @Option(names = "--out", paramLabel = "FOLDER", required = true, description = "Folder.")
    private Path out = Path.of("");

    @Option(names = "--resume", description = "Goes on.")
    private boolean resume;

    @Mixin private final TrainingOptions options = new TrainingOptions();

    @Mixin final Verbose verbose = new Verbose();

    @Override
    public Integer call() throws IOException {
        String text = TextSource.file(file);
        TrainingSettings settings = options.settings();
        byte[] json = CharacterVocabulary.of(text).tokenizerJson();
        Trainer trainer;
        try (Tokenizer tokenizer = Tokenizer.read(new ByteArrayInputStream(json), "characters")) {
            int[] ids = tokenizer.encode(text).ids();
            TokenDataset dataset = new TokenDataset(ids, settings.context());
            if (resume) {
                trainer = TrainingCheckpoint.read(out).resume(dataset);
            } else {
                int width = TrainingOptions.or(options.width, options.preset.width);
                Gpt2.Config config =
                        new Gpt2.Config(
                                CharacterVocabulary.of(text).characters().size(),
                                settings.context(),
                                width,
                                TrainingOptions.or(options.inner, 4 * width),
                                TrainingOptions.or(options.layers, options.preset.layers),
                                TrainingOptions.or(options.heads, options.preset.heads),
                                1e-5,
                                Activation.GELU_TANH);
                Parameters parameters = RandomWeights.of(config, settings.seed());
                trainer = new Trainer(config, parameters, dataset, settings);
                Files.createDirectories(out);
                Gpt2Folder.writeConfig(out, config, ElementType.F32, settings.dropout(), json);
            }
        }
        PrintWriter err = spec.commandLine().getErr();
        long start = System.nanoTime();
        trainer.run(
                new Trainer.Listener() {
                    @Override
                    public void stepped(int step, double loss) {
                        if (step % 50 == 0) {
                            err.printf(
                                    Locale.ROOT,
                                    "step %d loss %.4f, %.1f s%n",
                                    step,
                                    loss,
                                    (System.nanoTime() - start) / 1e9);
                        }
                    }

                    @Override
                    public void evaluated(TrainingHistory.Evaluation e, boolean best)
                            throws IOException {
                        err.printf(
                                Locale.ROOT,
                                "eval %d training %.4f validation %.4f, %.1f s%n",
                                e.step(),
                                e.training(),
                                e.validation(),
                                (System.nanoTime() - start) / 1e9);
                        if (best) {
                            Gpt2Folder.writeWeights(
                                    out,
                                    trainer.model().config(),
                                    trainer.parameters(),
                                    ElementType.F32);
                        }
                        TrainingCheckpoint.write(out, trainer);
                    }
                });
        return 0;
    }
}

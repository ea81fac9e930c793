package heed.app.train;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Failure;
import heed.app.terminal.TextSource;
import heed.microscope.MemoryNeed;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.ModelFolder;
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
import heed.transformer.train.TrainingSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A training that is ready to run: from scratch, from a model, or from where another was stopped.
 *
 * @param folder where all of it is written
 * @param tokenizer of the model
 */
record TrainingRun(Path folder, Trainer trainer, Tokenizer tokenizer) {
    private static final double EPSILON = 1e-5;

    /**
     * A training from scratch.
     *
     * @param vocabulary a {@code tokenizer.json} or its folder, or null for the text's characters
     */
    static TrainingRun fromScratch(
            Path file,
            Path folder,
            TrainingOptions options,
            @Nullable Path vocabulary,
            ElementType type)
            throws IOException {
        checkNew(folder);
        String text = TextSource.file(file);
        byte[] json =
                vocabulary == null
                        ? CharacterVocabulary.of(text).tokenizerJson()
                        : tokenizerJson(vocabulary);
        String source = vocabulary == null ? "the characters" : vocabulary.toString();
        Preset preset = options.presetOrDefault();
        TrainingSettings settings = options.settings(preset.settings());
        Gpt2.Config config =
                options.config(
                        new Gpt2.Config(
                                Tokenizer.vocabulary(json, source),
                                settings.context(),
                                preset.width,
                                4 * preset.width,
                                preset.layers,
                                preset.heads,
                                EPSILON,
                                Activation.GELU_TANH));
        checkShape(config);
        checkMemory(config, settings);
        Tokenizer tokenizer = Tokenizer.read(new ByteArrayInputStream(json), source);
        TokenDataset dataset = dataset(tokenizer, text, settings);
        Parameters parameters = RandomWeights.of(config, !options.untied, settings.seed());
        Trainer trainer = new Trainer(config, parameters, dataset, settings);
        Files.createDirectories(folder);
        Gpt2Folder.writeConfig(folder, config, !options.untied, type, settings.dropout(), json);
        return new TrainingRun(folder, trainer, tokenizer);
    }

    /** A training of what is a model already. */
    static TrainingRun fromModel(
            Path file, Path folder, TrainingOptions options, Path model, ElementType type)
            throws IOException {
        checkNew(folder);
        if (!Files.isDirectory(model)) {
            throw new BadInputException(
                    "--from takes a folder with a GPT-2, as it is kept at Hugging Face, not %s"
                            .formatted(model));
        }
        String text = TextSource.file(file);
        ModelFolder from = ModelFolder.of(model);
        Gpt2Folder.Start start = Gpt2Folder.read(from);
        TrainingSettings settings =
                options.settings(options.fineTuning(start.config().positions()));
        requireSame("the model has", start.config(), options.config(start.config()), "positions");
        checkUntied("the model has", start.tied(), options);
        checkMemory(start.config(), settings);
        Tokenizer tokenizer = Tokenizer.open(from.tokenizer());
        TokenDataset dataset = dataset(tokenizer, text, settings);
        Trainer trainer = new Trainer(start.config(), start.parameters(), dataset, settings);
        Files.createDirectories(folder);
        Gpt2Folder.copyConfig(from, folder, type);
        return new TrainingRun(folder, trainer, tokenizer);
    }

    /** A training that goes on where another was stopped. */
    static TrainingRun resumed(Path file, Path folder, TrainingOptions options) throws IOException {
        TrainingCheckpoint checkpoint = TrainingCheckpoint.read(folder);
        TrainingSettings settings = checkpoint.run().settings();
        Gpt2.Config config = checkpoint.run().model();
        String begun = folder + " was begun with";
        Preset preset = options.preset;
        requireSame(
                begun,
                settings,
                options.settings(preset == null ? settings : preset.settings()),
                "");
        requireSame(begun, config, options.config(config), "positions");
        checkUntied(begun, checkpoint.run().tied(), options);
        checkMemory(config, settings);
        Tokenizer tokenizer =
                Tokenizer.open(
                        ModelFolder.tokenizerIn(folder)
                                .orElse(folder.resolve(ModelFolder.TOKENIZER)));
        TokenDataset dataset = dataset(tokenizer, TextSource.file(file), settings);
        return new TrainingRun(folder, checkpoint.resume(dataset), tokenizer);
    }

    private static TokenDataset dataset(
            Tokenizer tokenizer, String text, TrainingSettings settings) {
        return new TokenDataset(tokenizer.encode(text, false).ids(), settings.context());
    }

    private static byte[] tokenizerJson(Path path) throws IOException {
        Path file = Files.isDirectory(path) ? path.resolve(ModelFolder.TOKENIZER) : path;
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new BadInputException(
                    "cannot read the tokenizer %s: %s".formatted(file, Failure.reason(e)), e);
        }
    }

    /** Nothing that is there is overwritten. */
    private static void checkNew(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new BadInputException("%s is not a folder: name another --out".formatted(folder));
        }
        try (Stream<Path> files = Files.list(folder)) {
            if (files.findAny().isPresent()) {
                throw new BadInputException(
                        TrainingCheckpoint.isIn(folder)
                                ? "%s holds a training that was stopped: go on with --resume, or name another --out"
                                        .formatted(folder)
                                : "%s is there and not empty: name another --out"
                                        .formatted(folder));
            }
        }
    }

    private static void checkShape(Gpt2.Config config) {
        for (int value : List.of(config.layers(), config.heads(), config.hidden())) {
            if (value < 1) {
                throw new BadInputException(
                        "layers, heads and width must be at least 1, not %d, %d and %d"
                                .formatted(config.layers(), config.heads(), config.hidden()));
            }
        }
        if (config.intermediate() < 0) {
            throw new BadInputException(
                    "--inner must be at least 0, not %d".formatted(config.intermediate()));
        }
        if (config.hidden() % config.heads() != 0) {
            throw new BadInputException(
                    "%d heads do not divide a width of %d: take a width that is a multiple"
                            .formatted(config.heads(), config.hidden()));
        }
    }

    private static void checkMemory(Gpt2.Config config, TrainingSettings settings) {
        int sequences = settings.batch() / settings.accumulation();
        new MemoryNeed(Gpt2.trainingBytes(config, sequences, settings.context()))
                .check(
                        "training a model of %d layers and width %d with %d sequences of %d tokens"
                                .formatted(
                                        config.layers(),
                                        config.hidden(),
                                        sequences,
                                        settings.context()),
                        "take a smaller --batch, or more passes with --accumulate");
    }

    /**
     * Refuses settings that differ.
     *
     * @param except a component that may
     */
    private static void requireSame(String whose, Record theirs, Record given, String except) {
        for (RecordComponent component : theirs.getClass().getRecordComponents()) {
            Object one = value(component, theirs);
            Object other = value(component, given);
            if (Objects.equals(one, other) || component.getName().equals(except)) {
                continue;
            }
            if (one instanceof Record inner && other instanceof Record innerGiven) {
                requireSame(whose, inner, innerGiven, except);
            } else {
                throw new BadInputException(
                        "%s %s %s, not %s: leave that option out, or begin another --out"
                                .formatted(whose, component.getName(), one, other));
            }
        }
    }

    private static void checkUntied(String whose, boolean tied, TrainingOptions options) {
        if (tied && options.untied) {
            throw new BadInputException(
                    "%s an output layer that is its embedding: leave --untied out, or begin from random weights"
                            .formatted(whose));
        }
    }

    private static Object value(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A folder without a checkpoint, which a training that has ended leaves. */
    static boolean isFinished(Path folder) throws CheckpointException {
        return Files.isRegularFile(folder.resolve(TrainingFiles.SUMMARY))
                && !TrainingCheckpoint.isIn(folder);
    }
}

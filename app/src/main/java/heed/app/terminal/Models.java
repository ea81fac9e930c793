package heed.app.terminal;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.hub.ModelHub;
import heed.transformer.hub.ModelName;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.model.PretrainedEncoder;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the model that a user names. */
public final class Models {
    /** What {@code --model} takes. */
    public static final String MODEL =
            "A folder with config.json, tokenizer.json and model.safetensors, a .gguf file, a name that"
                    + " 'heed models' lists, or hf:OWNER/NAME, which is fetched if it is not there.";

    /** The same where a model need not be given. */
    public static final String MODEL_OR_DEFAULT =
            "minilm (default), shakespeare, or: "
                    + MODEL
                    + " An .onnx file with its tokenizer.json beside it will do too.";

    /** The models that are there without any file. */
    public static final List<String> BUILT_IN =
            List.of(PretrainedEncoder.MINILM, PretrainedDecoder.SHAKESPEARE);

    private static final String GGUF = ".gguf";

    /**
     * Where a model is: the folder or file itself, or that of a model in the cache of the hub. One
     * that is named with {@code hf:} and is not there is fetched.
     *
     * @param err gets the progress of that
     * @throws BadInputException if there is no such model
     */
    public static String find(String model, PrintWriter err) throws IOException {
        if (BUILT_IN.contains(model) || (!model.isBlank() && Files.exists(Path.of(model)))) {
            return model;
        }
        boolean ofHub = model.startsWith(ModelName.PREFIX);
        if (!ofHub && !model.matches("[^/]+/[^/]+")) {
            throw unknown(model);
        }
        ModelName name = name(model);
        ModelHub hub = ModelHub.open(System.getenv());
        Optional<Path> found = hub.find(name);
        if (found.isEmpty() && !ofHub) {
            throw unknown(model);
        }
        return usable(found.isPresent() ? found.get() : pull(hub, name, null, err)).toString();
    }

    /**
     * Fetches a model.
     *
     * @param file the one file to take, or null
     */
    public static Path pull(ModelHub hub, ModelName name, @Nullable String file, PrintWriter err)
            throws IOException {
        try (DownloadProgress progress = new DownloadProgress(err, Terminal.isError())) {
            return hub.pull(name, file, progress);
        }
    }

    public static ModelName name(String text) {
        try {
            return ModelName.parse(text);
        } catch (IllegalArgumentException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The folder itself, or the one .gguf file that is all it holds of a model. */
    public static Path usable(Path folder) throws IOException {
        if (Files.exists(folder.resolve("config.json"))) {
            return folder;
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(f -> f.toString().endsWith(GGUF)).sorted().toList();
            if (found.size() > 1) {
                throw new CheckpointException(
                        "%s holds %d .gguf files: give the path of one, %s"
                                .formatted(folder, found.size(), found.getFirst()));
            }
            return found.isEmpty() ? folder : found.getFirst();
        }
    }

    /**
     * What a page calls a model: one of a file or folder by its last name, for a page tells no
     * paths.
     */
    public static String shown(String model) {
        File file = new File(model);
        return file.exists()
                ? String.valueOf(file.toPath().toAbsolutePath().normalize().getFileName())
                : model;
    }

    private static BadInputException unknown(String model) {
        return new BadInputException(
                "there is no model '%s': give %s or %s, a folder with config.json, tokenizer.json and model.safetensors, a .gguf or .onnx file, a name that 'heed models' lists, or hf:OWNER/NAME"
                        .formatted(model, PretrainedEncoder.MINILM, PretrainedDecoder.SHAKESPEARE));
    }

    private Models() {}
}

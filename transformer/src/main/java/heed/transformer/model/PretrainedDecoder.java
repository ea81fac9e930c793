package heed.transformer.model;

import heed.attention.Attention;
import heed.attention.KvCache;
import heed.simd.VectorModule;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.tokenizer.Tokenizer;
import heed.transformer.tokenizer.Tokens;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A trained decoder with its tokenizer.
 *
 * @param name what it was opened by
 * @param ends tokens that end a text
 * @param chat how it has a conversation written down, if it was taught to converse
 */
public record PretrainedDecoder(
        String name,
        CausalModel model,
        Tokenizer tokenizer,
        Set<Integer> ends,
        Optional<ChatFormat> chat)
        implements PretrainedModel {
    /**
     * The model that Heed carries with it: a GPT-2 of 2.7 million parameters that has learnt the
     * characters of Shakespeare's plays, and reads 128 of them.
     */
    public static final String SHAKESPEARE = "shakespeare";

    private static final String GENERATION_CONFIG = "generation_config.json";

    public PretrainedDecoder {
        ends = Set.copyOf(ends);
    }

    /**
     * Opens a model.
     *
     * @param path a {@code .gguf} file, or a folder as it is kept at Hugging Face
     * @throws CheckpointException if there is no such model, or its files cannot be used
     * @throws IOException if they cannot be read
     */
    public static PretrainedDecoder open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new CheckpointException(
                    "there is no model %s: give a .gguf file, or a folder with config.json, tokenizer.json and model.safetensors"
                            .formatted(path));
        }
        VectorModule.require();
        Thread.ofPlatform().name("heed-warm-up").daemon().start(Attention::warmUp);
        return Files.isDirectory(path) ? openFolder(path) : openGguf(path);
    }

    /**
     * Opens a model by its name.
     *
     * @param name {@link #SHAKESPEARE}, or the path of a {@code .gguf} file or a folder
     * @throws CheckpointException if there is no such model, or its files cannot be used
     * @throws IOException if they cannot be read
     */
    public static PretrainedDecoder open(String name) throws IOException {
        if (name.equals(PretrainedEncoder.MINILM)) {
            throw new CheckpointException(
                    "%s is an encoder, which generates no text: take %s, or a .gguf file or folder of a decoder"
                            .formatted(name, SHAKESPEARE));
        }
        if (!name.equals(SHAKESPEARE)) {
            return open(Path.of(name));
        }
        VectorModule.require();
        byte[] weights = resource(ModelFolder.SINGLE);
        return new PretrainedDecoder(
                SHAKESPEARE,
                CausalModels.open(
                        JsonConfig.parse(resource(ModelFolder.CONFIG), SHAKESPEARE),
                        SafetensorsFile.of(MemorySegment.ofArray(weights), SHAKESPEARE).weights()),
                Tokenizer.read(
                        new ByteArrayInputStream(resource(ModelFolder.TOKENIZER)), SHAKESPEARE),
                Set.of(),
                Optional.empty());
    }

    private static byte[] resource(String name) throws IOException {
        String path = SHAKESPEARE + "/" + name;
        try (InputStream stream = PretrainedDecoder.class.getResourceAsStream(path)) {
            if (stream == null) {
                throw new FileNotFoundException("the resource %s is missing".formatted(path));
            }
            return stream.readAllBytes();
        }
    }

    private static PretrainedDecoder openFolder(Path path) throws IOException {
        ModelFolder folder = ModelFolder.of(path);
        CausalModel model = CausalModels.open(folder);
        Set<Integer> ends = new HashSet<>(JsonConfig.read(folder.config()).ids("eos_token_id"));
        Path generation = path.resolve(GENERATION_CONFIG);
        if (Files.isRegularFile(generation)) {
            ends.addAll(JsonConfig.read(generation).ids("eos_token_id"));
        }
        return new PretrainedDecoder(
                path.toString(),
                model,
                Tokenizer.open(folder.tokenizer()),
                ends,
                ChatFormat.of(path));
    }

    private static PretrainedDecoder openGguf(Path path) throws IOException {
        GgufFile file = GgufFile.open(path);
        Set<Integer> ends = new HashSet<>();
        for (String key :
                new String[] {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"}) {
            file.metadata().integer(key).ifPresent(id -> ends.add(Math.toIntExact(id)));
        }
        return new PretrainedDecoder(
                path.toString(),
                CausalModels.open(file),
                Tokenizer.of(file),
                ends,
                ChatFormat.of(file));
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
        return true;
    }

    @Override
    public Optional<LayerNorm> attentionNorm(int layer) {
        return Optional.empty();
    }

    @Override
    public float[] read(Tokens tokens, AttentionProbe probe) {
        return read(tokens.ids(), probe);
    }

    /**
     * The last hidden states {@code [n, hidden]} of n tokens.
     *
     * @throws IllegalArgumentException if there are more tokens than positions
     */
    public float[] read(int[] ids, AttentionProbe probe) {
        List<float[]> tiles = new ArrayList<>();
        LayerCaches caches = model.newCaches(ids.length, KvCache.Storage.FLOAT32);
        model.read(ids, CausalModel.TILE, caches, probe, tiles::add);
        float[] hidden = new float[Math.multiplyExact(ids.length, hidden())];
        int at = 0;
        for (float[] tile : tiles) {
            System.arraycopy(tile, 0, hidden, at, tile.length);
            at += tile.length;
        }
        return hidden;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}

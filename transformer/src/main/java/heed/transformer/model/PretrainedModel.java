package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.JsonConfig;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.LayerNorm;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.tokenizer.Tokenizer;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A trained model with its tokenizer, encoder or decoder: what its attention is can be seen. */
public sealed interface PretrainedModel extends AutoCloseable
        permits PretrainedEncoder, PretrainedDecoder {

    /**
     * Opens a model of any family.
     *
     * @param name what {@link PretrainedEncoder#open} or {@link PretrainedDecoder#open(String)}
     *     takes
     * @throws CheckpointException if there is no such model, it is of a family that is not known,
     *     or its files cannot be used
     * @throws IOException if they cannot be read
     */
    static PretrainedModel open(String name) throws IOException {
        if (name.equals(PretrainedDecoder.SHAKESPEARE)) {
            return PretrainedDecoder.open(name);
        }
        if (name.endsWith(".gguf") && Files.isRegularFile(Path.of(name))) {
            return Encoders.reads(GgufFile.open(Path.of(name)))
                    ? PretrainedEncoder.open(name)
                    : PretrainedDecoder.open(name);
        }
        if (!name.isBlank() && PretrainedEncoder.isModelFolder(Path.of(name))) {
            JsonConfig json = JsonConfig.read(Path.of(name).resolve(ModelFolder.CONFIG));
            String type = json.string("model_type", "(none)");
            if (Encoders.reads(json)) {
                return PretrainedEncoder.open(name);
            }
            if (CausalModels.TYPES.contains(type)) {
                return PretrainedDecoder.open(Path.of(name));
            }
            throw json.cannot(
                    "the model is of type %s; %s can be read",
                    type,
                    Stream.concat(Encoders.TYPES.stream(), CausalModels.TYPES.stream())
                            .distinct()
                            .collect(Collectors.joining(", ")));
        }
        return PretrainedEncoder.open(name);
    }

    /** What it was opened by. */
    String name();

    Tokenizer tokenizer();

    /** A line that whoever uses it should read, if there is something to say. */
    default Optional<String> note() {
        return Optional.empty();
    }

    /** The attention of every layer. */
    List<MultiHeadAttention> attention();

    /** Attention heads of a layer. */
    int heads();

    /** Features of a token. */
    int hidden();

    /** Tokens that it can read at most. */
    int positions();

    /** Whether a token sees only those before it and itself. */
    boolean isCausal();

    /**
     * The norm around the sum of a layer's attention and what it read, if the model normalises
     * there and not before (post-norm).
     */
    Optional<LayerNorm> attentionNorm(int layer);

    /**
     * The last hidden states {@code [n, hidden]} of n tokens. A decoder reads them in several
     * passes, each over the cache of those before.
     *
     * @param probe sees the attention of every layer of each pass
     * @throws IllegalArgumentException if there are more tokens than positions
     */
    float[] read(Tokens tokens, AttentionProbe probe);

    @Override
    void close();
}

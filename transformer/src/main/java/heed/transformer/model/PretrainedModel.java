package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.layer.MultiHeadAttention;
import heed.transformer.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A trained model with its tokenizer, encoder or decoder: what its attention is can be seen. */
public sealed interface PretrainedModel extends AutoCloseable
        permits PretrainedBert, PretrainedDecoder {

    /**
     * Opens a model of any family.
     *
     * @param name what {@link PretrainedBert#open} or {@link PretrainedDecoder#open} takes
     * @throws CheckpointException if there is no such model, it is of a family that is not known,
     *     or its files cannot be used
     * @throws IOException if they cannot be read
     */
    static PretrainedModel open(String name) throws IOException {
        if (name.endsWith(".gguf")) {
            return PretrainedDecoder.open(Path.of(name));
        }
        if (!name.isBlank() && PretrainedBert.isModelFolder(Path.of(name))) {
            JsonConfig json = JsonConfig.read(Path.of(name).resolve(ModelFolder.CONFIG));
            String type = json.string("model_type", "(none)");
            if (CausalModels.TYPES.contains(type)) {
                return PretrainedDecoder.open(Path.of(name));
            }
            if (!BertConfigs.TYPES.contains(type)) {
                throw json.cannot(
                        "the model is of type %s; %s, %s can be read",
                        type,
                        String.join(", ", BertConfigs.TYPES),
                        String.join(", ", CausalModels.TYPES));
            }
        }
        return PretrainedBert.open(name);
    }

    /** What it was opened by. */
    String name();

    Tokenizer tokenizer();

    /** The attention of every layer. */
    List<MultiHeadAttention> attention();

    /** Attention heads of a layer. */
    int heads();

    /** Tokens that it can read at most. */
    int positions();

    /**
     * Reads a text.
     *
     * @param ids its tokens
     * @param probe sees the attention of every layer
     * @throws IllegalArgumentException if there are more tokens than positions
     */
    void read(int[] ids, AttentionProbe probe);

    @Override
    void close();
}

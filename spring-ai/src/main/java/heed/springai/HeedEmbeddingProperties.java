package heed.springai;

import heed.transformer.embed.Pooling;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.document.MetadataMode;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the embedding model.
 *
 * @param model minilm, a folder with config.json, tokenizer.json and model.safetensors, a .gguf
 *     file, or an .onnx file
 * @param pooling How a text's states become one vector, several joined; what the model's files say,
 *     if none is given
 * @param truncate Whether a text that is too long is cut; else it is an error
 * @param maxTokens Tokens of a text at most; what the model's files say, if not given
 * @param threads Threads that a call uses at most; all processors, if not given
 * @param metadataMode What of a document's metadata is embedded with its text
 */
@ConfigurationProperties("heed.embedding")
public record HeedEmbeddingProperties(
        @DefaultValue("minilm") String model,
        @DefaultValue List<Pooling> pooling,
        @DefaultValue("false") boolean truncate,
        @Nullable Integer maxTokens,
        @Nullable Integer threads,
        @DefaultValue("none") MetadataMode metadataMode) {

    /** Settings of one's own, copied. */
    public HeedEmbeddingProperties {
        pooling = List.copyOf(pooling);
    }
}

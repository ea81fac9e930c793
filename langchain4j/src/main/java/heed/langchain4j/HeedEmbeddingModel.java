package heed.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import heed.transformer.embed.Pooling;
import heed.transformer.embed.Role;
import heed.transformer.embed.TextEmbedder;
import heed.transformer.embed.TextVectors;
import heed.transformer.embed.TooLong;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model that runs in this process, as an embedding model of LangChain4j. Any number of threads
 * may use it at a time.
 *
 * <p>Models that were taught to tell a query from a document support the parameter {@link
 * EmbeddingRequestParameters#INPUT_TYPE}, which a store's ingestor and a content retriever send
 * where they are built with {@code embeddingInputType}; without it the model's default prompt goes
 * before a text, if it has one. Other models refuse the parameter.
 */
public final class HeedEmbeddingModel implements EmbeddingModel, AutoCloseable {
    private final TextEmbedder embedder;
    private final List<EmbeddingModelListener> listeners;

    private HeedEmbeddingModel(TextEmbedder embedder, List<EmbeddingModelListener> listeners) {
        this.embedder = embedder;
        this.listeners = listeners;
    }

    /** Settings of a model; none need be made. */
    public static Builder builder() {
        return new Builder();
    }

    /** Settings of a model. What is not said here, the model's files say. */
    public static final class Builder {
        private String model = "minilm";
        private Pooling[] pooling = {};
        private boolean truncate;
        private @Nullable Integer maxTokens;
        private @Nullable Integer threads;
        private List<EmbeddingModelListener> listeners = List.of();

        private Builder() {}

        /** A folder or file, as {@link TextEmbedder#open} takes it; {@code minilm} by default. */
        public Builder model(String model) {
            this.model = Objects.requireNonNull(model, "model");
            return this;
        }

        /** How states are pooled, several joined. */
        public Builder pooling(Pooling... pooling) {
            this.pooling = pooling.clone();
            return this;
        }

        /**
         * Whether a text that is too long is cut; by default it is an IllegalArgumentException, and
         * nothing is embedded.
         */
        public Builder truncate(boolean truncate) {
            this.truncate = truncate;
            return this;
        }

        /** Tokens of a text at most, special tokens and prompt included. */
        public Builder maxTokens(int maxTokens) {
            this.maxTokens = maxTokens;
            return this;
        }

        /** Threads that a call uses at most, itself included; all processors by default. */
        public Builder threads(int threads) {
            this.threads = threads;
            return this;
        }

        /** Those that are told of every call, in this order. */
        public Builder listeners(List<EmbeddingModelListener> listeners) {
            this.listeners = List.copyOf(listeners);
            return this;
        }

        /**
         * Opens the model.
         *
         * @throws IllegalArgumentException if a setting is out of range
         * @throws IllegalStateException if the JVM was started without its vector module; the
         *     message says what to do
         * @throws UncheckedIOException if there is no such model, or its files cannot be used
         */
        public HeedEmbeddingModel build() {
            TextEmbedder.Builder settings =
                    TextEmbedder.builder(model)
                            .pooling(pooling)
                            .tooLong(truncate ? TooLong.CUT : TooLong.REFUSE);
            if (maxTokens != null) {
                settings.maxTokens(maxTokens);
            }
            if (threads != null) {
                settings.threads(threads);
            }
            try {
                return new HeedEmbeddingModel(settings.open(), listeners);
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }
    }

    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        List<String> texts = request.inputs().stream().map(EmbeddingInput::text).toList();
        String prompt = embedder.prompt(role(request.inputType()));
        TextVectors embedded = embedder.embed(texts, prompt, done -> {});
        return EmbeddingResponse.builder()
                .embeddings(Arrays.stream(embedded.vectors()).map(Embedding::from).toList())
                .modelName(modelName())
                .tokenUsage(new TokenUsage(Arrays.stream(embedded.tokens()).sum()))
                .build();
    }

    private static Role role(@Nullable EmbeddingInputType type) {
        return switch (type) {
            case null -> Role.NONE;
            case QUERY -> Role.QUERY;
            case DOCUMENT -> Role.DOCUMENT;
        };
    }

    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return embedder.tellsRolesApart()
                ? Set.of(EmbeddingRequestParameters.INPUT_TYPE)
                : Set.of();
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    @Override
    public int dimension() {
        return embedder.dimensions();
    }

    @Override
    public String modelName() {
        return embedder.name();
    }

    /** Closes the model, once the calls under way are done. Further calls are refused. */
    @Override
    public void close() {
        embedder.close();
    }
}

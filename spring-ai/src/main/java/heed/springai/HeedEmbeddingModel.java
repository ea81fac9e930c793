package heed.springai;

import heed.transformer.embed.Pooling;
import heed.transformer.embed.Role;
import heed.transformer.embed.TextEmbedder;
import heed.transformer.embed.TextVectors;
import heed.transformer.embed.TooLong;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.document.MetadataMode;
import org.springframework.ai.embedding.AbstractEmbeddingModel;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationDocumentation;

/**
 * A model that runs in this process, as an embedding model of Spring AI. Any number of threads may
 * use it at a time.
 *
 * <p>Some models were taught to tell a query from a document. Spring AI has no word for that, but
 * its vector stores embed what is asked for by {@link #embed(String)} and what they hold by the
 * other methods: so the one text of {@code embed(String)} is a query, and all others are documents.
 * {@link #embed(List, Role)} says it outright. For models without such prompts it is all the same.
 */
public final class HeedEmbeddingModel extends AbstractEmbeddingModel implements AutoCloseable {
    /** What {@code spring.ai.model.embedding} calls it, and observations call the provider. */
    public static final String NAME = "heed";

    private static final EmbeddingModelObservationConvention DEFAULT_CONVENTION =
            new DefaultEmbeddingModelObservationConvention();

    private final TextEmbedder embedder;
    private final MetadataMode metadataMode;
    private final ObservationRegistry observations;
    private final EmbeddingModelObservationConvention convention;

    private HeedEmbeddingModel(Builder settings, TextEmbedder embedder) {
        this.embedder = embedder;
        metadataMode = settings.metadataMode;
        observations = settings.observations;
        convention = settings.convention;
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
        private MetadataMode metadataMode = MetadataMode.NONE;
        private ObservationRegistry observations = ObservationRegistry.NOOP;
        private EmbeddingModelObservationConvention convention = DEFAULT_CONVENTION;

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

        /** What of a document's metadata is embedded with its text; nothing by default. */
        public Builder metadataMode(MetadataMode metadataMode) {
            this.metadataMode = Objects.requireNonNull(metadataMode, "metadataMode");
            return this;
        }

        /** What is told of every call; nothing by default. */
        public Builder observationRegistry(ObservationRegistry observations) {
            this.observations = Objects.requireNonNull(observations, "observationRegistry");
            return this;
        }

        /** How calls are described to the registry; as Spring AI does by default. */
        public Builder observationConvention(EmbeddingModelObservationConvention convention) {
            this.convention = Objects.requireNonNull(convention, "observationConvention");
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
                return new HeedEmbeddingModel(this, settings.open());
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }
    }

    /** Embeds texts as documents. */
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        return call(request.getInstructions(), request.getOptions(), Role.DOCUMENT);
    }

    /** Embeds a text as a query. */
    @Override
    public float[] embed(String text) {
        return embed(List.of(text), Role.QUERY).getFirst();
    }

    /** Embeds a document: its text, and what the metadata mode adds. */
    @Override
    public float[] embed(Document document) {
        return embed(List.of(getEmbeddingContent(document)), Role.DOCUMENT).getFirst();
    }

    /** A vector for each text, in their order. */
    public List<float[]> embed(List<String> texts, Role role) {
        return call(texts, null, role).getResults().stream().map(Embedding::getOutput).toList();
    }

    /**
     * What is embedded of a document.
     *
     * @throws IllegalArgumentException if it has no text
     */
    @Override
    public String getEmbeddingContent(Document document) {
        if (!document.isText()) {
            throw new IllegalArgumentException(
                    "document %s has no text".formatted(document.getId()));
        }
        return document.getFormattedContent(metadataMode);
    }

    private EmbeddingResponse call(
            List<String> texts, @Nullable EmbeddingOptions asked, Role role) {
        EmbeddingRequest request = new EmbeddingRequest(texts, options(asked));
        EmbeddingModelObservationContext context =
                EmbeddingModelObservationContext.builder()
                        .embeddingRequest(request)
                        .provider(NAME)
                        .build();
        return Objects.requireNonNull(
                EmbeddingModelObservationDocumentation.EMBEDDING_MODEL_OPERATION
                        .observation(convention, DEFAULT_CONVENTION, () -> context, observations)
                        .observe(
                                () -> {
                                    EmbeddingResponse response = respond(texts, role);
                                    context.setResponse(response);
                                    return response;
                                }));
    }

    private EmbeddingResponse respond(List<String> texts, Role role) {
        TextVectors embedded = embedder.embed(texts, embedder.prompt(role), done -> {});
        float[][] vectors = embedded.vectors();
        int tokens = Arrays.stream(embedded.tokens()).sum();
        return new EmbeddingResponse(
                IntStream.range(0, vectors.length)
                        .mapToObj(i -> new Embedding(vectors[i], i))
                        .toList(),
                new EmbeddingResponseMetadata(embedder.name(), new DefaultUsage(tokens, 0)));
    }

    /** What this model is, which is all that it can be asked for. */
    private EmbeddingOptions options(@Nullable EmbeddingOptions asked) {
        if (asked != null) {
            String model = asked.getModel();
            if (model != null && !model.equals(embedder.name())) {
                throw new IllegalArgumentException(
                        "the model is %s and cannot be %s: set heed.embedding.model"
                                .formatted(embedder.name(), model));
            }
            Integer dimensions = asked.getDimensions();
            if (dimensions != null && dimensions != dimensions()) {
                throw new IllegalArgumentException(
                        "vectors of %s have %d dimensions, not %d"
                                .formatted(embedder.name(), dimensions(), dimensions));
            }
        }
        return EmbeddingOptions.builder().model(embedder.name()).dimensions(dimensions()).build();
    }

    @Override
    public int dimensions() {
        return embedder.dimensions();
    }

    /** Closes the model, once the calls under way are done. Further calls are refused. */
    @Override
    public void close() {
        embedder.close();
    }
}

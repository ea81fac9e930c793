package heed.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.EmbeddingStoreIngestor;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import heed.transformer.embed.Pooling;
import heed.transformer.embed.TextEmbedder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HeedEmbeddingModelTest {
    private static final List<String> TEXTS =
            List.of(
                    "A dog is playing in the garden.",
                    "The central bank raised interest rates again.",
                    "Bread is baked from flour, water and yeast.",
                    "The telescope found a planet around a distant star.");

    @Test
    void itsVectorsAreThoseOfTheEmbedder() throws IOException {
        try (TextEmbedder embedder = TextEmbedder.open("minilm");
                HeedEmbeddingModel model = HeedEmbeddingModel.builder().build()) {
            List<Embedding> embedded =
                    model.embedAll(TEXTS.stream().map(TextSegment::from).toList()).content();

            assertThat(embedded.stream().map(Embedding::vector))
                    .containsExactly(embedder.embed(TEXTS));
            assertThat(model.dimension()).isEqualTo(384);
            assertThat(model.modelName()).isEqualTo("minilm");
        }
    }

    @Test
    void countsTokens() {
        try (HeedEmbeddingModel model = HeedEmbeddingModel.builder().build()) {
            // [CLS] a dog [SEP] and [CLS] a dog runs [SEP]
            EmbeddingResponse response =
                    model.embed(EmbeddingRequest.builder().inputs("a dog", "a dog runs").build());

            assertThat(response.tokenUsage()).isEqualTo(new TokenUsage(9));
        }
    }

    @Test
    void findsTheTextThatAnswers() {
        try (HeedEmbeddingModel model = HeedEmbeddingModel.builder().build()) {
            var store = new InMemoryEmbeddingStore<TextSegment>();
            EmbeddingStoreIngestor.builder()
                    .embeddingModel(model)
                    .embeddingStore(store)
                    .build()
                    .ingest(TEXTS.stream().map(Document::from).toList());
            EmbeddingStoreContentRetriever retriever =
                    EmbeddingStoreContentRetriever.builder()
                            .embeddingModel(model)
                            .embeddingStore(store)
                            .maxResults(1)
                            .build();

            assertThat(found(retriever, "a puppy on the lawn")).isEqualTo(TEXTS.get(0));
            assertThat(found(retriever, "what does borrowing money cost")).isEqualTo(TEXTS.get(1));
            assertThat(found(retriever, "how do I make a loaf")).isEqualTo(TEXTS.get(2));
            assertThat(found(retriever, "astronomers discover a world")).isEqualTo(TEXTS.get(3));
        }
    }

    private static String found(EmbeddingStoreContentRetriever retriever, String query) {
        List<Content> contents = retriever.retrieve(Query.from(query));
        return contents.getFirst().textSegment().text();
    }

    /** Nothing on the class path offers itself as the one embedding model of the program. */
    @Test
    void offersNothingToServiceLoading() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                EmbeddingStoreIngestor.builder()
                                        .embeddingStore(new InMemoryEmbeddingStore<>())
                                        .build())
                .withMessageContaining("embeddingModel");
    }

    @Test
    void putsThePromptOfItsRoleBeforeAText(@TempDir Path folder) throws IOException {
        try (HeedEmbeddingModel model =
                HeedEmbeddingModel.builder().model(ModelWithPrompts.in(folder)).build()) {
            float[] plain = vector(model, ModelWithPrompts.QUERY + "a dog", null);

            assertThat(vector(model, "a dog", EmbeddingInputType.QUERY)).isEqualTo(plain);
            assertThat(vector(model, "a dog", EmbeddingInputType.DOCUMENT)).isNotEqualTo(plain);
        }
    }

    private static float[] vector(
            HeedEmbeddingModel model, String text, @Nullable EmbeddingInputType inputType) {
        EmbeddingRequest request =
                EmbeddingRequest.builder().input(text).inputType(inputType).build();
        return model.embed(request).embeddings().getFirst().vector();
    }

    @Test
    void aTextThatIsTooLongIsRefusedUnlessItIsToBeCut() {
        String tooLong = "word ".repeat(255);
        try (HeedEmbeddingModel refuses = HeedEmbeddingModel.builder().build();
                HeedEmbeddingModel cuts = HeedEmbeddingModel.builder().truncate(true).build()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> refuses.embed(tooLong))
                    .withMessage("text 1 has 257 tokens, minilm takes at most 256");
            assertThat(cuts.embed(tooLong).content())
                    .isEqualTo(refuses.embed("word ".repeat(254)).content());
            assertThat(cuts.embed(tooLong).tokenUsage()).isEqualTo(new TokenUsage(256));
        }
    }

    @Test
    void hasTheSettingsOfTheEmbedder() throws IOException {
        try (TextEmbedder embedder =
                        TextEmbedder.builder("minilm").pooling(Pooling.CLS, Pooling.MAX).open();
                HeedEmbeddingModel model =
                        HeedEmbeddingModel.builder()
                                .pooling(Pooling.CLS, Pooling.MAX)
                                .maxTokens(5)
                                .threads(1)
                                .build()) {
            assertThat(model.dimension()).isEqualTo(768);
            assertThat(model.embed("a dog runs").content().vector())
                    .isEqualTo(embedder.embed(List.of("a dog runs"))[0]);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.embed("a dog runs home"))
                    .withMessage("text 1 has 6 tokens, minilm takes at most 5");
        }
    }

    @Test
    void saysWhatIsWrong() {
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> HeedEmbeddingModel.builder().model("no-such-model").build())
                .withMessageContaining("no-such-model");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeedEmbeddingModel.builder().threads(0).build())
                .withMessage("1 thread at least, not 0");

        HeedEmbeddingModel closed = HeedEmbeddingModel.builder().build();
        closed.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> closed.embed("a dog"))
                .withMessage("the embedder of minilm is closed");
    }
}

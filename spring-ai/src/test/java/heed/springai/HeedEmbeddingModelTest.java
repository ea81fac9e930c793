package heed.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import heed.transformer.embed.Pooling;
import heed.transformer.embed.Role;
import heed.transformer.embed.TextEmbedder;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.document.Document;
import org.springframework.ai.document.MetadataMode;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.TokenCountBatchingStrategy;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;

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
            EmbeddingResponse response = model.embedForResponse(TEXTS);

            assertThat(model.embed(TEXTS)).containsExactly(embedder.embed(TEXTS));
            assertThat(response.getResults().get(2).getIndex()).isEqualTo(2);
            assertThat(model.dimensions()).isEqualTo(384);
            assertThat(response.getMetadata().getModel()).isEqualTo("minilm");
        }
    }

    @Test
    void countsTokens() {
        try (HeedEmbeddingModel model = HeedEmbeddingModel.builder().build()) {
            // [CLS] a dog [SEP] and [CLS] a dog runs [SEP]
            var usage =
                    model.embedForResponse(List.of("a dog", "a dog runs")).getMetadata().getUsage();

            assertThat(usage.getPromptTokens()).isEqualTo(9);
            assertThat(usage.getTotalTokens()).isEqualTo(9);
        }
    }

    @Test
    void findsTheDocumentThatAnswers() {
        try (HeedEmbeddingModel model = HeedEmbeddingModel.builder().build()) {
            SimpleVectorStore store = SimpleVectorStore.builder(model).build();
            store.add(TEXTS.stream().map(Document::new).toList());

            assertThat(found(store, "a puppy on the lawn")).isEqualTo(TEXTS.get(0));
            assertThat(found(store, "what does borrowing money cost")).isEqualTo(TEXTS.get(1));
            assertThat(found(store, "how do I make a loaf")).isEqualTo(TEXTS.get(2));
            assertThat(found(store, "astronomers discover a world")).isEqualTo(TEXTS.get(3));
        }
    }

    private static String found(SimpleVectorStore store, String query) {
        List<Document> found =
                store.similaritySearch(SearchRequest.builder().query(query).topK(1).build());
        return String.valueOf(found.getFirst().getText());
    }

    @Test
    void oneTextIsAQueryAndOthersAreDocuments(@TempDir Path folder) throws IOException {
        String name = ModelWithPrompts.in(folder);
        try (TextEmbedder embedder = TextEmbedder.open(name);
                HeedEmbeddingModel model = HeedEmbeddingModel.builder().model(name).build()) {
            float[] query = plain(embedder, ModelWithPrompts.QUERY + "a dog");
            float[] document = plain(embedder, ModelWithPrompts.DOCUMENT + "a dog");

            assertThat(query).isNotEqualTo(document);
            assertThat(model.embed("a dog")).isEqualTo(query);
            assertThat(model.embed(new Document("a dog"))).isEqualTo(document);
            assertThat(model.embed(List.of("a dog"))).containsExactly(document);
            assertThat(
                            model.embed(
                                    List.of(new Document("a dog")),
                                    EmbeddingOptions.builder().build(),
                                    new TokenCountBatchingStrategy()))
                    .containsExactly(document);
            assertThat(model.embed(List.of("a dog"), Role.QUERY)).containsExactly(query);
        }
    }

    private static float[] plain(TextEmbedder embedder, String text) {
        return embedder.embed(List.of(text), "", done -> {}).vectors()[0];
    }

    /** What the store is asked gets the prompt of a query, though Spring AI names no roles. */
    @Test
    void aStoreAsksWithAQuery(@TempDir Path folder) throws IOException {
        String name = ModelWithPrompts.in(folder);
        try (HeedEmbeddingModel model = HeedEmbeddingModel.builder().model(name).build()) {
            SimpleVectorStore store = SimpleVectorStore.builder(model).build();
            store.add(List.of(new Document("a dog")));

            // The query's vector is the document's if it is the document's text with that prompt.
            Document found =
                    store.similaritySearch(SearchRequest.builder().query("a dog").build())
                            .getFirst();
            assertThat(found.getScore()).isNotNull().isLessThan(0.9999);
        }
    }

    @Test
    void metadataIsEmbeddedWhereItIsAskedFor() {
        Document document = new Document("A dog.", Map.of("author", "Ann"));
        try (HeedEmbeddingModel text = HeedEmbeddingModel.builder().build();
                HeedEmbeddingModel all =
                        HeedEmbeddingModel.builder().metadataMode(MetadataMode.ALL).build()) {
            assertThat(text.embed(document)).isEqualTo(text.embed("A dog."));
            assertThat(all.embed(document)).isEqualTo(text.embed("author: Ann\n\nA dog."));
        }
    }

    @Test
    void callsAreObserved() {
        TestObservationRegistry registry = TestObservationRegistry.create();
        try (HeedEmbeddingModel model =
                HeedEmbeddingModel.builder().observationRegistry(registry).build()) {
            model.embed("a dog");
        }
        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo("gen_ai.client.operation")
                .that()
                .hasContextualNameEqualTo("embedding minilm")
                .hasLowCardinalityKeyValue("gen_ai.system", "heed")
                .hasLowCardinalityKeyValue("gen_ai.response.model", "minilm")
                .hasHighCardinalityKeyValue("gen_ai.usage.input_tokens", "4")
                .hasBeenStarted()
                .hasBeenStopped();
    }

    @Test
    void hasTheSettingsOfTheEmbedder() {
        String tooLong = "word ".repeat(255);
        try (HeedEmbeddingModel cuts = HeedEmbeddingModel.builder().truncate(true).build();
                HeedEmbeddingModel joined =
                        HeedEmbeddingModel.builder()
                                .pooling(Pooling.CLS, Pooling.MAX)
                                .maxTokens(5)
                                .threads(1)
                                .build()) {
            assertThat(cuts.embed(tooLong)).isEqualTo(cuts.embed("word ".repeat(254)));
            assertThat(joined.dimensions()).isEqualTo(768);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> joined.embed("a dog runs home"))
                    .withMessage("text 1 has 6 tokens, minilm takes at most 5");
        }
    }

    @Test
    void refusesWhatItIsNot() {
        try (HeedEmbeddingModel model = HeedEmbeddingModel.builder().build()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.call(asking(EmbeddingOptions.builder().model("other"))))
                    .withMessage(
                            "the model is minilm and cannot be other: set heed.embedding.model");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.call(asking(EmbeddingOptions.builder().dimensions(64))))
                    .withMessage("vectors of minilm have 384 dimensions, not 64");
            EmbeddingOptions.Builder same =
                    EmbeddingOptions.builder().model("minilm").dimensions(384);
            assertThat(model.call(asking(same)).getResults()).hasSize(1);
        }
    }

    private static EmbeddingRequest asking(EmbeddingOptions.Builder options) {
        return new EmbeddingRequest(List.of("a dog"), options.build());
    }

    @Test
    void saysWhatIsWrong() {
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> HeedEmbeddingModel.builder().model("no-such-model").build())
                .withMessageContaining("no-such-model");

        HeedEmbeddingModel closed = HeedEmbeddingModel.builder().build();
        closed.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> closed.embed("a dog"))
                .withMessage("the embedder of minilm is closed");
    }
}

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.EmbeddingStoreIngestor;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import heed.langchain4j.HeedEmbeddingModel;

public class Retrieval {
    public static void main(String[] args) {
        try (HeedEmbeddingModel model = HeedEmbeddingModel.builder().build()) {
            var store = new InMemoryEmbeddingStore<TextSegment>();
            EmbeddingStoreIngestor.builder().embeddingModel(model).embeddingStore(store).build().ingest(
                    Document.from("Goods may be returned within 30 days."),
                    Document.from("The shop opens at nine, on Sundays at ten."),
                    Document.from("Parcels reach you two days after they are sent."));

            var retriever = EmbeddingStoreContentRetriever.builder()
                    .embeddingModel(model).embeddingStore(store).maxResults(1).build();
            var found = retriever.retrieve(Query.from("When will my order arrive?"));
            System.out.println(found.getFirst().textSegment().text());
        }
    }
}

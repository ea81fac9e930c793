package example;

import java.util.List;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

@SpringBootApplication
public class Questions {
    public static void main(String[] args) {
        SpringApplication.run(Questions.class, args);
    }

    @Bean
    VectorStore store(EmbeddingModel model) {
        return SimpleVectorStore.builder(model).build();
    }

    @Bean
    CommandLineRunner ask(VectorStore store) {
        return args -> {
            store.add(List.of(
                    new Document("Goods may be returned within 30 days."),
                    new Document("The shop opens at nine, on Sundays at ten."),
                    new Document("Parcels reach you two days after they are sent.")));
            for (String question : List.of("When will my order arrive?", "Can I send the shoes back?")) {
                var search = SearchRequest.builder().query(question).topK(1).build();
                System.out.println(question + " " + store.similaritySearch(search).getFirst().getText());
            }
        };
    }
}

package example;

import heed.transformer.embed.TextEmbedder;
import java.io.IOException;
import java.util.List;

public class Similar {
    public static void main(String[] args) throws IOException {
        try (TextEmbedder embedder = TextEmbedder.open("minilm")) {
            float[][] vectors = embedder.embed(List.of("A dog plays in the park.", "A puppy runs around outside."));
            double cosine = 0;
            for (int i = 0; i < embedder.dimensions(); i++) {
                cosine += vectors[0][i] * vectors[1][i]; // of length 1
            }
            System.out.printf("%s of %s: %.2f%n", Similar.class.getModule(), embedder.name(), cosine);
        }
    }
}

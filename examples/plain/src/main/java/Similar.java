import heed.transformer.embed.TextEmbedder;
import java.util.List;

public class Similar {
    public static void main(String[] args) throws Exception {
        var texts = List.of("A dog plays in the park.", "A puppy runs around outside.", "The bank raised its rates.");
        try (var embedder = TextEmbedder.open("minilm")) {
            float[][] vectors = embedder.embed(texts); // of length 1
            for (int i = 0; i < texts.size(); i++) {
                for (int j = 0; j < i; j++) {
                    double cosine = 0;
                    for (int k = 0; k < vectors[i].length; k++) {
                        cosine += vectors[i][k] * vectors[j][k];
                    }
                    System.out.printf("%.2f  %s  %s%n", cosine, texts.get(j), texts.get(i));
                }
            }
        }
    }
}

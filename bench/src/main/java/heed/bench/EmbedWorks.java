package heed.bench;

import heed.transformer.embed.TextEmbedder;
import heed.transformer.model.PretrainedEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Sentence embeddings of many texts with all-MiniLM-L6-v2. */
final class EmbedWorks {
    private static final int TEXTS = 1000;

    static List<Work> works(Peers peers) {
        return List.of(work(peers, TEXTS));
    }

    /** Of so many texts. */
    static Work work(Peers peers, int texts) {
        return new Work(
                "embed %d sentences with MiniLM".formatted(texts),
                0,
                0,
                Work.TOLERANCE,
                threads -> contenders(peers, threads, Sentences.of(texts)));
    }

    private static List<Contender> contenders(Peers peers, int threads, List<String> texts) {
        List<Contender> contenders = new ArrayList<>();
        contenders.add(heed(texts));
        peers.onnx().ifPresent(p -> contenders.add(new OnnxEmbedder(p, texts, threads)));
        return contenders;
    }

    /** Texts of similar length packed together, on all processors. */
    private static Contender heed(List<String> texts) {
        TextEmbedder embedder;
        try {
            embedder = TextEmbedder.open(PretrainedEncoder.MINILM);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int features = embedder.dimensions();
        return new HeedContender<>(
                HeedContender.NAME,
                () -> embedder.embed(texts),
                vectors -> {
                    float[] flat = new float[texts.size() * features];
                    for (int i = 0; i < vectors.length; i++) {
                        System.arraycopy(vectors[i], 0, flat, i * features, features);
                    }
                    return flat;
                });
    }

    private EmbedWorks() {}
}

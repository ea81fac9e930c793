package heed.microscope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.attention.AttentionWeights;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the vectors of a layer lead to its weights. */
final class LayerVectorsTest {
    private static final int[] QUERIES = {1, 4, 7};
    private static final Path GOLDEN =
            Path.of("../transformer/src/test/resources/heed/transformer/golden");

    private static PretrainedModel open(String name) throws IOException {
        Path folder = GOLDEN.resolve(name);
        return PretrainedModel.open(Files.isDirectory(folder) ? folder.toString() : name);
    }

    /** Of which mpnet adds a number for each distance, and llama shares keys and values. */
    @ParameterizedTest
    @ValueSource(strings = {"minilm", "shakespeare", "mpnet", "llama"})
    void weightsFollowFromThem(String name) throws IOException {
        try (PretrainedModel model = open(name)) {
            BitSet kept = new BitSet();
            Arrays.stream(QUERIES).forEach(kept::set);
            ModelRun run =
                    ModelRun.of(
                            model,
                            model.tokenizer().encode("The cat sat, and she looked."),
                            AttentionTrace.ofQueries(kept),
                            Listener.none());

            LayerVectors layer = LayerVectors.of(run, 1, QUERIES);

            assertThat(layer.bias() != null).isEqualTo(name.equals("mpnet"));
            assertThat(layer.kvHeads() < layer.heads()).isEqualTo(name.equals("llama"));
            AttentionWeights weights = run.trace().weights(1, QUERIES);
            for (int head = 0; head < layer.heads(); head++) {
                for (int i = 0; i < QUERIES.length; i++) {
                    float[] row = weights.row(head, i);
                    for (int j = 0; j < layer.keys(); j++) {
                        boolean hidden = layer.hidden().get(head).get(i * layer.keys() + j);
                        assertThat(hidden).isEqualTo(model.isCausal() && j > QUERIES[i]);
                        assertThat((double) row[j])
                                .isCloseTo(hidden ? 0 : weight(layer, head, i, j), within(1e-5));
                    }
                }
            }
        }
    }

    private static double weight(LayerVectors layer, int head, int i, int j) {
        int d = layer.q().length / layer.heads() / layer.queries();
        int row = head * layer.queries() + i;
        int kvHead = head / (layer.heads() / layer.kvHeads());
        double dot = 0;
        for (int c = 0; c < d; c++) {
            dot += layer.q()[row * d + c] * layer.k()[(kvHead * layer.keys() + j) * d + c];
        }
        float bias = layer.bias() == null ? 0 : layer.bias()[row * layer.keys() + j];
        return Math.exp(layer.scale() * dot + bias - layer.lse()[row]);
    }
}

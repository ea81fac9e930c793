package heed.microscope.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import heed.microscope.QuestionException;
import heed.microscope.map.HeadMap.Spot;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.SafetensorsWriter;
import heed.transformer.checkpoint.StoredTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries and keys that somebody has. */
class QueriesAndKeysTest {
    @TempDir private Path folder;

    private static StoredTensor tensor(float[] data, Integer... shape) {
        return new StoredTensor("t", List.of(shape), ElementType.F32, MemorySegment.ofArray(data));
    }

    private static float[] random(int count) {
        Random random = new Random(count);
        float[] data = new float[count];
        for (int i = 0; i < count; i++) {
            data[i] = (float) random.nextGaussian();
        }
        return data;
    }

    /** Two query heads read the second key head, as grouped heads do. */
    @Test
    void aHeadReadsTheKeysOfItsGroup() {
        float[] q = random(4 * 6 * 8);
        float[] k = random(2 * 9 * 8);
        QueriesAndKeys both = new QueriesAndKeys(tensor(q, 4, 6, 8), tensor(k, 2, 9, 8), false);
        assertThat(both.heads()).isEqualTo(4);
        Spot spot = both.map(2).largest(0, 5, 7).orElseThrow();
        double[] scores = new double[9];
        for (int key = 0; key < 9; key++) {
            for (int c = 0; c < 8; c++) {
                scores[key] += q[(2 * 6 + 5) * 8 + c] * k[(9 + key) * 8 + c] / Math.sqrt(8);
            }
        }
        double sum = Arrays.stream(scores).map(Math::exp).sum();
        assertThat((double) spot.weight()).isCloseTo(Math.exp(scores[7]) / sum, within(1e-6));
    }

    @Test
    void theyComeFromFiles() throws IOException {
        Path file = folder.resolve("qk.safetensors");
        new SafetensorsWriter()
                .put("q", List.of(6, 8), random(48))
                .put("k", List.of(6, 8), random(48))
                .write(file);
        HeadMap map = QueriesAndKeys.open(List.of(file), true).map(0);
        assertThat(map.queries()).isEqualTo(6);
        assertThat(map.largest(0, 0, 0).orElseThrow().weight()).isEqualTo(1);
        assertThat(map.largest(0, 0, 1)).isEmpty();
    }

    private static void assertRefused(StoredTensor q, StoredTensor k, String message) {
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> new QueriesAndKeys(q, k, false))
                .withMessageContaining(message);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertRefused(
                tensor(random(8), 8),
                tensor(random(8), 8),
                "t has shape [8]: queries and keys are [heads, tokens, columns]");
        assertRefused(tensor(random(16), 2, 8), tensor(random(8), 2, 4), "queries have 8 columns");
        assertRefused(
                tensor(random(24), 3, 2, 4),
                tensor(random(16), 2, 2, 4),
                "3 query heads are not a multiple of 2 key heads");
        assertRefused(tensor(new float[0], 0, 4), tensor(new float[0], 0, 4), "has shape [0, 4]");
        float[] broken = random(16);
        broken[9] = Float.NaN;
        QueriesAndKeys nan = new QueriesAndKeys(tensor(broken, 2, 8), tensor(broken, 2, 8), true);
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> nan.map(0))
                .withMessage("head 0 of t holds NaN");
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> nan.map(1))
                .withMessage("there is no head 1: heads are 0 to 0");
    }
}

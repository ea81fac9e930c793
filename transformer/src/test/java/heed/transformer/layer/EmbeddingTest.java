package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.testing.Tensors;
import org.junit.jupiter.api.Test;

final class EmbeddingTest {

    @Test
    void addsTheVectorOfAnEntryToARow() throws CheckpointException {
        Tensors tensors = new Tensors(1);
        float[] table = tensors.add("weight", 4, 2);
        float[] x = {1, 2, 3, 4};

        Embedding.of(tensors.weights(), 4, 2).addTo(x, 1, 3);

        assertThat(x).containsExactly(1, 2, 3 + table[6], 4 + table[7]);
    }

    @Test
    void refusesAnEntryThatItDoesNotHave() throws CheckpointException {
        Tensors tensors = new Tensors(1);
        tensors.add("weight", 4, 2);
        Embedding embedding = Embedding.of(tensors.weights(), 4, 2);

        for (int entry : new int[] {-1, 4}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> embedding.addTo(new float[2], 0, entry))
                    .withMessage("%d is not an entry of an embedding of 4".formatted(entry));
        }
    }
}

package heed.transformer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.transformer.model.TokenBatch;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenDatasetTest {
    private final TokenDataset dataset = new TokenDataset(IntStream.range(0, 10_000).toArray(), 32);

    @Test
    void nineTenthsAreToLearnFrom() {
        assertThat(dataset.trainingTokens()).isEqualTo(9000);
        assertThat(dataset.validationTokens()).isEqualTo(1000);
    }

    @Test
    void targetsFollowOnTheirInputsWithinThePartToLearnFrom() {
        for (int step = 0; step < 200; step++) {
            TokenBatch batch = dataset.batch(16, 5, step);
            for (int i = 0; i < batch.tokens(); i++) {
                assertThat(batch.targets()[i]).isEqualTo(batch.inputs()[i] + 1).isLessThan(9000);
                if (i % 32 > 0) {
                    assertThat(batch.inputs()[i]).isEqualTo(batch.inputs()[i - 1] + 1);
                }
            }
        }
    }

    /** Generators whose seeds are related draw the same numbers one step later. */
    @Test
    void stepsAndSeedsDrawSequencesOfTheirOwn() {
        Set<Integer> starts = new HashSet<>();
        for (int step = 0; step < 50; step++) {
            for (long seed = 1; seed <= 2; seed++) {
                TokenBatch batch = dataset.batch(16, seed, step);
                for (int s = 0; s < 16; s++) {
                    starts.add(batch.inputs()[s * 32]);
                }
            }
        }
        // 1,600 of 8,968 places: about 1,465 different ones.
        assertThat(starts).hasSizeGreaterThan(1400);
        assertThat(dataset.batch(16, 1, 3).inputs()).isEqualTo(dataset.batch(16, 1, 3).inputs());
    }

    @Test
    void windowsCoverThePartToBeTestedWithOnce() {
        int next = 9001;
        for (int window = 0; window < dataset.windows(); window++) {
            TokenBatch batch = dataset.windows(window, 1);
            assertThat(batch.length()).isEqualTo(dataset.windowLength(window));
            for (int target : batch.targets()) {
                assertThat(target).isEqualTo(next++);
            }
        }
        assertThat(next).isEqualTo(10_000);
        assertThat(dataset.windows(2, 3).inputs()).startsWith(9064).endsWith(9159);
    }

    @Test
    void aTextThatIsTooShortIsRefused() {
        assertThatThrownBy(() -> new TokenDataset(new int[36], 32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("36 tokens is too short for a context of 32");
        TokenDataset shortest = new TokenDataset(new int[38], 32);
        assertThat(shortest.windows()).isEqualTo(1);
        assertThat(shortest.batch(2, 1, 1).tokens()).isEqualTo(64);
    }

    @Test
    void otherTokensHaveAnotherFingerprint() {
        assertThat(new TokenDataset(new int[50], 2).fingerprint())
                .isNotEqualTo(new TokenDataset(new int[51], 2).fingerprint())
                .isEqualTo(new TokenDataset(new int[50], 7).fingerprint());
    }
}

package heed.transformer.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import heed.simd.Philox;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DropoutTest {

    private static float[] ones(int count) {
        float[] x = new float[count];
        Arrays.fill(x, 1);
        return x;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 97, 257, 1025, 100_003})
    void whatStaysIsWhatPhiloxSays(int count) {
        Dropout dropout = new Dropout(0.25, 77);
        float[] x = ones(3 + count + 5);
        dropout.apply(x, 3, count, x);
        for (int i = 0; i < count; i++) {
            int draw = i / 256;
            int word = Philox.word(i % 256 / 64, draw * 64 + i % 64, 0, 0, 0, 77);
            boolean stays = Integer.toUnsignedLong(word) >= 1L << 30;
            assertThat(x[3 + i]).isEqualTo(stays ? 1 / 0.75f : 0);
        }
        assertThat(Arrays.copyOfRange(x, 0, 3)).containsOnly(1);
        assertThat(Arrays.copyOfRange(x, 3 + count, 3 + count + 5)).containsOnly(1);
    }

    @Test
    void asManyAreDroppedAsItsProbabilitySays() {
        float[] x = ones(400_000);
        new Dropout(0.1, 1).apply(x, 0, x.length, x);
        int zeros = 0;
        for (float value : x) {
            zeros += value == 0 ? 1 : 0;
        }
        assertThat(zeros / 400_000.0).isCloseTo(0.1, within(0.002));
    }

    @Test
    void theGradientIsDroppedAsTheInputWas() {
        Dropout dropout = new Dropout(0.4, 3);
        float[] residual = new float[1000];
        Arrays.fill(residual, 2);
        float[] sum = new float[1000];
        dropout.addTo(residual, ones(1000), 0, 1000, sum);
        float[] dx = new float[1000];
        dropout.apply(ones(1000), 0, 1000, dx);
        for (int i = 0; i < sum.length; i++) {
            assertThat(sum[i]).isEqualTo(2 + dx[i]);
        }
    }

    @Test
    void noneChangesNothing() {
        float[] dx = new float[2];
        Dropout.none().apply(new float[] {3, Float.NaN}, 0, 2, dx);
        assertThat(dx).containsExactly(3, Float.NaN);
        float[] sum = new float[2];
        Dropout.none().addTo(new float[] {1, 2}, new float[] {10, 20}, 0, 2, sum);
        assertThat(sum).containsExactly(11, 22);
        assertThat(Dropout.none().at(4)).isEqualTo(Dropout.none());
    }

    @Test
    void placesHaveMasksOfTheirOwn() {
        Dropout dropout = new Dropout(0.5, 1);
        Set<Long> seeds = new HashSet<>();
        for (int step = 0; step < 100; step++) {
            for (int place = 0; place < 100; place++) {
                seeds.add(dropout.at(step).at(place).seed());
            }
        }
        assertThat(seeds).hasSize(10_000);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void aProbabilityOutsideItsRangeIsRefused(double probability) {
        assertThatThrownBy(() -> new Dropout(probability, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(String.valueOf(probability));
    }
}

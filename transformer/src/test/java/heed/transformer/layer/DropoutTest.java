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
        float[] x = ones(count + 5);
        dropout.apply(x, count);
        for (int i = 0; i < count; i++) {
            int draw = i / 256;
            int word = Philox.word(i % 256 / 64, draw * 64 + i % 64, 0, 0, 0, 77);
            boolean stays = Integer.toUnsignedLong(word) >= 1L << 30;
            assertThat(x[i]).isEqualTo(stays ? 1 / 0.75f : 0);
        }
        assertThat(Arrays.copyOfRange(x, count, count + 5)).containsOnly(1);
    }

    @Test
    void asManyAreDroppedAsItsProbabilitySays() {
        float[] x = ones(400_000);
        new Dropout(0.1, 1).apply(x, x.length);
        int zeros = 0;
        for (float value : x) {
            zeros += value == 0 ? 1 : 0;
        }
        assertThat(zeros / 400_000.0).isCloseTo(0.1, within(0.002));
    }

    @Test
    void theGradientIsDroppedAsTheInputWas() {
        Dropout dropout = new Dropout(0.4, 3);
        float[] sum = new float[1000];
        Arrays.fill(sum, 2);
        dropout.addTo(sum, ones(1000), 1000);
        float[] dx = dropout.gradient(ones(1000), 1000, new float[1000]);
        for (int i = 0; i < sum.length; i++) {
            assertThat(sum[i]).isEqualTo(2 + dx[i]);
        }
    }

    @Test
    void noneChangesNothing() {
        float[] dy = {3, Float.NaN};
        assertThat(Dropout.none().gradient(dy, 2, new float[2])).isSameAs(dy);
        float[] sum = {1, 2};
        Dropout.none().addTo(sum, new float[] {10, 20}, 2);
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

package heed.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import heed.attention.KvCache.Storage;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cache that keeps bfloat16. */
@Tag("numeric")
final class BFloat16CacheTest {
    /** Half of the largest distance between two bfloat16, in units of their size. */
    private static final double UNIT = 0x1p-8;

    @ParameterizedTest
    @CsvSource({
        // one query, as in decoding; several; a panel of them and more
        "1, 1, 1, 64",
        "4, 2, 1, 64",
        "4, 2, 3, 97",
        "2, 1, 70, 64",
        "3, 3, 130, 80",
        "2, 2, 9, 17"
    })
    void attendsAsToTheRoundedNumbersInFloat32(int heads, int kvHeads, int queries, int columns) {
        Heads q = random(heads, queries, columns, 1);
        Heads k = random(kvHeads, 257, columns, 2);
        Heads v = random(kvHeads, 257, columns, 3);
        KvCache halves = new KvCache(kvHeads, columns, columns, 0, Storage.BFLOAT16);
        KvCache floats = new KvCache(kvHeads, columns, columns, 0);
        halves.append(k, v);
        floats.append(BFloat16Heads.rounded(k), BFloat16Heads.rounded(v));

        AttentionOutput expected = Attention.forward(floats.attend(q), 2);
        AttentionOutput actual = Attention.forward(halves.attend(q), 2);

        assertThat(actual.out().data()).isEqualTo(expected.out().data());
        assertThat(actual.lse()).isEqualTo(expected.lse());
    }

    @Test
    void roundsEachNumberToTheNearest() {
        Heads x = random(2, 50, 33, 5);
        KvCache cache = new KvCache(2, 33, 33, 1, Storage.BFLOAT16);
        cache.append(x, x);
        for (int head = 0; head < 2; head++) {
            for (int row = 0; row < 50; row++) {
                for (int c = 0; c < 33; c++) {
                    float value = x.get(head, row, c);
                    float kept = cache.keys().get(head, row, c);
                    assertThat(Math.abs(kept - value))
                            .isLessThanOrEqualTo((float) (UNIT * Math.abs(value)));
                }
            }
        }
    }

    @Test
    void roundsHalvesToEvenAndKeepsWhatIsNoNumber() {
        float tie = Float.intBitsToFloat(0x3F808000);
        float odd = Float.intBitsToFloat(0x3F818000);
        float[] values = {
            tie,
            odd,
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            -0f,
            Float.intBitsToFloat(0x7F800001),
            Float.MAX_VALUE
        };
        Heads x = Heads.of(1, 1, values.length, values);
        float[] kept = BFloat16Heads.rounded(x).row(0, 0);

        assertThat(kept[0]).isEqualTo(1f);
        assertThat(kept[1]).isEqualTo(Float.intBitsToFloat(0x3F820000));
        assertThat(kept[2]).isNaN();
        assertThat(kept[3]).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(kept[4]).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(Float.floatToRawIntBits(kept[5])).isEqualTo(0x80000000);
        assertThat(kept[6]).isNaN();
        assertThat(kept[7]).isEqualTo(Float.POSITIVE_INFINITY);
    }

    @Test
    void growsForgetsAndLeavesEarlierViewsAlone() {
        Heads x = random(2, 20, 8, 1);
        KvCache cache = new KvCache(2, 8, 8, 1, Storage.BFLOAT16);
        cache.append(x.rows(0, 3), x.rows(0, 3));
        KeyValueHeads early = cache.keys();
        float[] row = early.row(1, 2);
        cache.append(x.rows(3, 20), x.rows(3, 20));
        cache.truncate(2);
        cache.append(x.rows(10, 11), x.rows(10, 11));

        assertThat(early.row(1, 2)).isEqualTo(row);
        assertThat(early.rows()).isEqualTo(3);
        assertThat(cache.length()).isEqualTo(3);
        assertThat(cache.keys().row(1, 2)).isEqualTo(BFloat16Heads.rounded(x).row(1, 10));
    }

    @Test
    void growsUpToWhatAnArrayHolds() {
        assertThat(KvCache.largerCapacity(16, 17, 128)).isEqualTo(32);
        assertThat(KvCache.largerCapacity(10_000_000, 10_000_001, 128))
                .isEqualTo((Integer.MAX_VALUE - 8) / 128);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KvCache(1, 64, 64, 40_000_000, Storage.BFLOAT16))
                .withMessageContaining("do not fit one array");
    }

    private static Heads random(int heads, int rows, int columns, long seed) {
        Random random = new Random(seed);
        float[] data = new float[heads * rows * columns];
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) random.nextGaussian();
        }
        return Heads.of(heads, rows, columns, data);
    }
}

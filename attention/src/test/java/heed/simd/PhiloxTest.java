package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("numeric")
class PhiloxTest {
    /** Those of philox4x32-10 in {@code kat_vectors} of Random123: counter, key, words. */
    private static final int[][][] KNOWN = {
        {
            {0, 0, 0, 0},
            {0, 0},
            {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}
        },
        {
            {-1, -1, -1, -1},
            {-1, -1},
            {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}
        },
        {
            {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
            {0xa4093822, 0x299f31d0},
            {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}
        }
    };

    @Test
    void givesTheKnownAnswers() {
        for (int[][] known : KNOWN) {
            int[] c = known[0];
            long key = (long) known[1][1] << 32 | (known[1][0] & 0xFFFF_FFFFL);
            for (int w = 0; w < 4; w++) {
                int word = Philox.word(w, c[0], c[1], c[2], c[3], key);
                assertThat(word).isEqualTo(known[2][w]);
                long threshold = Integer.toUnsignedLong(known[2][w]);
                assertThat(bits(threshold, c, key)[w] & 1).isEqualTo(1);
                assertThat(bits(threshold + 1, c, key)[w] & 1).isZero();
            }
        }
    }

    /** Lanes give what words one by one give. */
    @Test
    void aVectorOfCountersGivesTheSameWords() {
        SplittableRandom random = new SplittableRandom(5);
        for (int repetition = 0; repetition < 300; repetition++) {
            int[] c = random.ints(4).toArray();
            long key = random.nextLong();
            long threshold = random.nextLong(1L << 32);
            long[] bits = bits(threshold, c, key);
            for (int w = 0; w < 4; w++) {
                for (int i = 0; i < Lanes.PANEL; i++) {
                    int word = Philox.word(w, c[0] + i, c[1], c[2], c[3], key);
                    assertThat(bits[w] >>> i & 1)
                            .isEqualTo(Integer.toUnsignedLong(word) >= threshold ? 1 : 0);
                }
            }
        }
    }

    @Test
    void hasFourWords() {
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> Philox.word(4, 0, 0, 0, 0, 0))
                .withMessage("word 4 of 4");
    }

    private static long[] bits(long threshold, int[] c, long key) {
        long[] bits = {-1, -1, -1, -1};
        Philox.atLeast(threshold, c[0], c[1], c[2], c[3], key, bits);
        return bits;
    }
}

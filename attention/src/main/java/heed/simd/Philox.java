package heed.simd;

import static heed.simd.Lanes.LONGS;
import static heed.simd.Lanes.PANEL;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.util.Arrays;
import jdk.incubator.vector.LongVector;

/**
 * Philox4x32-10 (Salmon et al. 2011, §3.3), a generator without a state: a counter of four words of
 * 32 bits and a key of two give four random words. So any of them is had at once, in any order, by
 * any thread.
 *
 * <p>A round multiplies two words of the counter with constants, and mixes the upper halves of the
 * products with the other two and the key. The key changes between rounds by constants of its own.
 */
public final class Philox {
    private static final int ROUNDS = 10;
    private static final long LOW = 0xFFFF_FFFFL;
    private static final long FACTOR_0 = 0xD251_1F53L;
    private static final long FACTOR_2 = 0xCD9E_8D57L;
    private static final int KEY_STEP_0 = 0x9E37_79B9;
    private static final int KEY_STEP_1 = 0xBB67_AE85;
    private static final int WORDS = 4;

    private static final long[] INDICES = new long[PANEL];

    static {
        Arrays.setAll(INDICES, i -> i);
    }

    /**
     * One of the four words of a counter {@code (c0, c1, c2, c3)}.
     *
     * @param index which word, 0 to 3
     * @param key its low half is the first word of the key
     */
    public static int word(int index, int c0, int c1, int c2, int c3, long key) {
        int k0 = (int) key;
        int k1 = (int) (key >>> 32);
        int x0 = c0;
        int x1 = c1;
        int x2 = c2;
        int x3 = c3;
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = FACTOR_0 * (x0 & LOW);
            long product2 = FACTOR_2 * (x2 & LOW);
            x0 = (int) (product2 >>> 32) ^ x1 ^ k0;
            x1 = (int) product2;
            x2 = (int) (product0 >>> 32) ^ x3 ^ k1;
            x3 = (int) product0;
            k0 += KEY_STEP_0;
            k1 += KEY_STEP_1;
        }
        return switch (index) {
            case 0 -> x0;
            case 1 -> x1;
            case 2 -> x2;
            case 3 -> x3;
            default -> throw new IndexOutOfBoundsException("word %d of 4".formatted(index));
        };
    }

    /**
     * Compares the words of the {@link Lanes#PANEL} counters {@code (c0 + i, c1, c2, c3)} with a
     * threshold: bit i of {@code bits[w]} is set if word w of counter i is not less, as a number
     * without a sign.
     *
     * <p>A lane holds a word in its lower half. The upper half is left to hold anything, since only
     * lower halves are multiplied: one instruction on most machines.
     *
     * <p>One method on purpose: it is large enough for C2 to compile it by itself. Smaller, it is
     * inlined into its callers, which then have no room left for their other vectors.
     *
     * @param bits at least 4; overwritten
     */
    public static void atLeast(
            long threshold, int c0, int c1, int c2, int c3, long key, long[] bits) {
        Arrays.fill(bits, 0, WORDS, 0);
        for (int i = 0; i < PANEL; i += LONGS.length()) {
            LongVector x0 = LongVector.fromArray(LONGS, INDICES, i).add(c0);
            LongVector x1 = LongVector.broadcast(LONGS, c1);
            LongVector x2 = LongVector.broadcast(LONGS, c2);
            LongVector x3 = LongVector.broadcast(LONGS, c3);
            int k0 = (int) key;
            int k1 = (int) (key >>> 32);
            for (int round = 0; round < ROUNDS; round++) {
                LongVector product0 = x0.and(LOW).mul(FACTOR_0);
                LongVector product2 = x2.and(LOW).mul(FACTOR_2);
                x0 = product2.lanewise(LSHR, 32).lanewise(XOR, x1).lanewise(XOR, k0);
                x1 = product2;
                x2 = product0.lanewise(LSHR, 32).lanewise(XOR, x3).lanewise(XOR, k1);
                x3 = product0;
                k0 += KEY_STEP_0;
                k1 += KEY_STEP_1;
            }
            bits[0] |= x0.and(LOW).compare(GE, threshold).toLong() << i;
            bits[1] |= x1.and(LOW).compare(GE, threshold).toLong() << i;
            bits[2] |= x2.and(LOW).compare(GE, threshold).toLong() << i;
            bits[3] |= x3.and(LOW).compare(GE, threshold).toLong() << i;
        }
    }

    private Philox() {}
}

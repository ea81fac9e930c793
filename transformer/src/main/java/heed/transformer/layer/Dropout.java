package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.WIDTH;

import heed.attention.AttentionDropout;
import heed.simd.Philox;
import heed.simd.ThreadTeam;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * Dropout (Srivastava et al. 2014): {@code y = x ∘ M / (1 − p)}, where each element of M is 0 with
 * probability p, else 1; and {@code dx = dy ∘ M / (1 − p)}.
 *
 * <p>M is never stored: it is a function of the seed and of where an element stands ({@link
 * Philox}), so the backward pass draws it again, and no number of threads changes it.
 *
 * @param probability p, at least 0 and less than 1
 * @param seed what makes one mask differ from another
 */
public record Dropout(double probability, long seed) {
    /** Random words that a counter gives. */
    private static final int WORDS = 4;

    /** Elements whose words are drawn together: bit i of word w is of element w · PANEL + i. */
    private static final int DRAWN = WORDS * PANEL;

    private static final int DRAWS_PER_TASK = 64;

    private static final Dropout NONE = new Dropout(0, 0);

    /**
     * @throws IllegalArgumentException if the probability is not in [0, 1)
     */
    public Dropout {
        if (!(probability >= 0 && probability < 1)) {
            throw new IllegalArgumentException(
                    "the probability of dropout must be at least 0 and less than 1, not "
                            + probability);
        }
    }

    /** No dropout. */
    public static Dropout none() {
        return NONE;
    }

    /** Whether nothing is dropped. */
    public boolean isNone() {
        return probability == 0;
    }

    /** Dropout of the same probability for another place, with a mask of its own. */
    public Dropout at(int place) {
        return isNone() ? this : new Dropout(probability, mix(seed + (place + 1L) * GOLDEN));
    }

    /** The same of attention weights. */
    public AttentionDropout ofAttention() {
        return isNone() ? AttentionDropout.none() : new AttentionDropout(probability, seed);
    }

    /**
     * {@code y = x ∘ M / (1 − p)}, of {@code count} elements from {@code from} on; by which the
     * gradient of x is made from that of y, too. The mask begins there.
     */
    public void apply(float[] x, int from, int count, float[] y) {
        run(null, x, from, count, y);
    }

    /**
     * {@code y = residual + x ∘ M / (1 − p)}, of {@code count} elements from {@code from} on. The
     * mask begins there.
     */
    public void addTo(float[] residual, float[] x, int from, int count, float[] y) {
        run(residual, x, from, count, y);
    }

    private void run(float @Nullable [] residual, float[] x, int first, int count, float[] y) {
        if (isNone()) {
            for (int i = first; i < first + count; i++) {
                y[i] = residual == null ? x[i] : x[i] + residual[i];
            }
            return;
        }
        int draws = (count + DRAWN - 1) / DRAWN;
        int end = first + count;
        long threshold = (long) (probability * 0x1p32);
        float factor = (float) (1 / (1 - probability));
        ThreadTeam.run(
                ThreadTeam.defaultThreads(),
                (draws + DRAWS_PER_TASK - 1) / DRAWS_PER_TASK,
                () -> {
                    long[] kept = new long[WORDS];
                    return task -> {
                        int last = Math.min(draws, (task + 1) * DRAWS_PER_TASK);
                        for (int draw = task * DRAWS_PER_TASK; draw < last; draw++) {
                            Philox.atLeast(threshold, draw * PANEL, 0, 0, 0, seed, kept);
                            for (int w = 0; w < WORDS; w++) {
                                int from = first + draw * DRAWN + w * PANEL;
                                int to = Math.min(end, from + PANEL);
                                apply(residual, x, from, to, kept[w], factor, y);
                            }
                        }
                    };
                });
    }

    private static void apply(
            float @Nullable [] residual,
            float[] x,
            int from,
            int to,
            long kept,
            float factor,
            float[] y) {
        for (int i = from; i < to; i += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(i, to);
            VectorMask<Float> keep = VectorMask.fromLong(FLOATS, kept >>> (i - from)).and(inside);
            FloatVector value = FloatVector.fromArray(FLOATS, x, i, keep).mul(factor);
            if (residual != null) {
                value = value.add(FloatVector.fromArray(FLOATS, residual, i, inside));
            }
            value.intoArray(y, i, inside);
        }
    }

    /** The step of SplitMix64 (Steele et al. 2014), and below its mixing function. */
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }
}

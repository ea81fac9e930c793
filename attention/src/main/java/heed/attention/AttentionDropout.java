package heed.attention;

import static heed.attention.Preconditions.check;

import heed.attention.kernel.Dropout;

/**
 * Dropout (Srivastava et al. 2014) of attention weights: the output is {@code (P ∘ M / (1 − p)) V},
 * where each element of M is 0 with probability p, else 1. The log-sum-exps are those of the
 * scores, without dropout.
 *
 * <p>M is never stored. Whether a pair stays is a pure function of seed, head, query position and
 * key position ({@link #keeps}): that word of the counter-based generator Philox4x32-10 (Salmon et
 * al. 2011) is compared with p. So the backward pass sees the mask of the forward pass, and neither
 * threads nor tiles nor parts of a sequence change it. Give every layer and every step of a
 * training a seed of its own.
 *
 * @param probability p, at least 0 and less than 1; it counts in steps of 2⁻³², rounded down
 * @param seed what makes one mask differ from another
 */
public record AttentionDropout(double probability, long seed) {
    private static final AttentionDropout NONE = new AttentionDropout(0, 0);

    /**
     * @throws IllegalArgumentException if the probability is not in [0, 1)
     */
    public AttentionDropout {
        check(
                probability >= 0 && probability < 1,
                "the probability of dropout must be at least 0 and less than 1, not %s",
                probability);
    }

    /** No dropout. */
    public static AttentionDropout none() {
        return NONE;
    }

    /** Whether the weight of a pair stays. Positions are absolute, not negative. */
    public boolean keeps(int head, int query, int key) {
        return forKernel().keeps(head, query, key);
    }

    Dropout forKernel() {
        return new Dropout((long) (probability * 0x1p32), (float) (1 / (1 - probability)), seed);
    }
}

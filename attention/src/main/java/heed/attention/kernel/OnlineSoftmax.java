package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Exp2;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Softmax of rows whose scores come a block at a time (Milakov &amp; Gimelshein 2018): for each
 * query, the largest score so far and the sum of {@code 2^(score2 − largest)}. A block that raises
 * the maximum lowers all that was summed before by {@code 2^(old − new)}.
 */
final class OnlineSoftmax {
    private final float[] max = new float[PANEL];
    private final float[] sum = new float[PANEL];
    private final float[] rescale = new float[PANEL];
    private final float[] reference = new float[PANEL];

    void reset() {
        Arrays.fill(max, Float.NEGATIVE_INFINITY);
        Arrays.fill(sum, 0);
    }

    /**
     * Turns the scores of a block into weights relative to the new maxima, in place.
     *
     * @return whether what was accumulated before must be multiplied by {@link #rescale}
     */
    boolean weigh(float[] scores, int keys) {
        boolean rescales = raise(scores, keys);
        weigh(scores, keys, reference, sum);
        return rescales;
    }

    /** {@code accumulated[r][·] *= rescale[·]}. */
    void rescale(float[] accumulated, int rows) {
        for (int i = 0; i < PANEL; i += WIDTH) {
            FloatVector factor = FloatVector.fromArray(FLOATS, rescale, i);
            for (int r = 0, at = i; r < rows; r++, at += PANEL) {
                FloatVector.fromArray(FLOATS, accumulated, at)
                        .mul(factor)
                        .intoArray(accumulated, at);
            }
        }
    }

    /** Adds a score that has no value. */
    void addSink(float score2) {
        for (int i = 0; i < PANEL; i++) {
            float larger = Math.max(max[i], score2);
            double factor = Math.pow(2, max[i] - (double) larger);
            sum[i] = (float) (sum[i] * factor + Math.pow(2, score2 - (double) larger));
            max[i] = larger;
            rescale[i] = (float) factor;
        }
    }

    /** The denominator of a query, relative to its maximum; 0 with nothing to attend to. */
    float sum(int query) {
        return sum[query];
    }

    /** The natural log-sum-exp of a query; −∞ with nothing to attend to. */
    float lse(int query) {
        return (float) ((max[query] + Math.log(sum[query]) / Math.log(2)) * Math.log(2));
    }

    /**
     * Raises {@link #max} to what the block holds, and sets what follows from it. Passes over a
     * strip of queries: 1. the largest score of each; 2. the new maximum, and the factor that
     * lowers what was summed before.
     *
     * <p>One method on purpose: it is large enough for C2 to compile it by itself. In parts it was
     * inlined into its caller, which then had no room left for {@link Exp2#exp2} in {@link #weigh}.
     */
    private boolean raise(float[] s, int keys) {
        for (int strip = 0; strip < PANEL; strip += 4 * WIDTH) {
            FloatVector m0 = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
            FloatVector m1 = m0;
            FloatVector m2 = m0;
            FloatVector m3 = m0;
            for (int r = 0, at = strip; r < keys; r++, at += PANEL) {
                FloatVector s0 = FloatVector.fromArray(FLOATS, s, at);
                FloatVector s1 = FloatVector.fromArray(FLOATS, s, at + WIDTH);
                FloatVector s2 = FloatVector.fromArray(FLOATS, s, at + 2 * WIDTH);
                FloatVector s3 = FloatVector.fromArray(FLOATS, s, at + 3 * WIDTH);
                m0 = m0.blend(s0, s0.compare(VectorOperators.GT, m0));
                m1 = m1.blend(s1, s1.compare(VectorOperators.GT, m1));
                m2 = m2.blend(s2, s2.compare(VectorOperators.GT, m2));
                m3 = m3.blend(s3, s3.compare(VectorOperators.GT, m3));
            }
            m0.intoArray(reference, strip);
            m1.intoArray(reference, strip + WIDTH);
            m2.intoArray(reference, strip + 2 * WIDTH);
            m3.intoArray(reference, strip + 3 * WIDTH);
        }
        for (int i = 0; i < PANEL; i += WIDTH) {
            FloatVector old = FloatVector.fromArray(FLOATS, max, i);
            FloatVector block = FloatVector.fromArray(FLOATS, reference, i);
            FloatVector raised = old.blend(block, block.compare(VectorOperators.GT, old));
            // A query that may not attend to anything yet: 2^(−∞ − 0) is 0, 2^(−∞ + ∞) would be
            // NaN.
            FloatVector finite =
                    raised.blend(0, raised.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
            FloatVector factor = Exp2.exp2(old.sub(finite));
            raised.intoArray(max, i);
            finite.intoArray(reference, i);
            factor.intoArray(rescale, i);
            FloatVector.fromArray(FLOATS, sum, i).mul(factor).intoArray(sum, i);
        }
        boolean rescales = false;
        for (float factor : rescale) {
            rescales |= factor != 1;
        }
        return rescales;
    }

    /** {@code s[r][·] = 2^(s[r][·] − reference[·])}, and {@code sum[·] += Σ_r s[r][·]}. */
    static void weigh(float[] s, int rows, float[] reference, float[] sum) {
        for (int i = 0; i < PANEL; i += WIDTH) {
            FloatVector subtrahend = FloatVector.fromArray(FLOATS, reference, i);
            FloatVector total = FloatVector.zero(FLOATS);
            for (int r = 0, at = i; r < rows; r++, at += PANEL) {
                FloatVector weight =
                        Exp2.exp2(FloatVector.fromArray(FLOATS, s, at).sub(subtrahend));
                weight.intoArray(s, at);
                total = total.add(weight);
            }
            FloatVector.fromArray(FLOATS, sum, i).add(total).intoArray(sum, i);
        }
    }
}

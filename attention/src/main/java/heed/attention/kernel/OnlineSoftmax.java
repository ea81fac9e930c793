package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.STRIP;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Exp2;
import heed.simd.Panel;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Softmax of rows whose scores come a block at a time (Milakov &amp; Gimelshein 2018): for each
 * query a reference and the sum of {@code 2^(score2 − reference)}.
 *
 * <p>The reference need not be the largest score, as long as no power of 2 overflows: it is the
 * largest of the first block, and rises only where a later score is more than {@link #HEADROOM}
 * above it. So most blocks are weighed in one pass, and what was accumulated is seldom rescaled.
 */
final class OnlineSoftmax {
    /** How far a score may be above its reference: weights stay below 2¹⁶. */
    private static final float HEADROOM = 16;

    private static final double LN2 = Math.log(2);

    private final float[] reference = new float[PANEL];
    private final float[] sum = new float[PANEL];

    /** What the roundings of a sum have added to it so far (Kahan 1965). */
    private final float[] excess = new float[PANEL];

    private final float[] blockSum = new float[PANEL];
    private final float[] rescale = new float[PANEL];
    private final float[] largest = new float[PANEL];
    private int queries;
    private boolean settled;

    /** Forgets everything; a panel of the given number of queries follows. */
    void reset(int queries) {
        Arrays.fill(reference, 0);
        Arrays.fill(sum, 0);
        Arrays.fill(excess, 0);
        this.queries = queries;
        settled = false;
    }

    /** Whether every query has a reference. Before that, {@link #weighRaising} is to be used. */
    boolean isSettled() {
        return settled;
    }

    /**
     * Turns a strip of the scores of a block into weights relative to the references, in place, and
     * adds them up.
     *
     * @return false if a score was too high, or NaN: then nothing of the strip was added up, and
     *     the block must be made again and given to {@link #weighRaising}
     */
    boolean weigh(Panel scores, int column) {
        int end = column + STRIP;
        float highest = Exp2.exp2Panel(scores, column, end, reference, blockSum);
        boolean fits = highest <= HEADROOM;
        if (fits) {
            addBlockSum(column, end);
        }
        return fits;
    }

    /**
     * The same for all columns from {@code column} on, with references that the block may have
     * raised in any column; {@link #rescale} must follow for all that was accumulated before.
     */
    void weighRaising(Panel scores, int column) {
        raise(scores);
        var _ = Exp2.exp2Panel(scores, column, PANEL, reference, blockSum);
        addBlockSum(column, PANEL);
    }

    private void addBlockSum(int column, int end) {
        for (int i = column; i < end; i += WIDTH) {
            FloatVector old = FloatVector.fromArray(FLOATS, sum, i);
            FloatVector added =
                    FloatVector.fromArray(FLOATS, blockSum, i)
                            .sub(FloatVector.fromArray(FLOATS, excess, i));
            FloatVector rounded = old.add(added);
            rounded.sub(old).sub(added).intoArray(excess, i);
            rounded.intoArray(sum, i);
        }
    }

    /**
     * Raises the references to the largest scores that the block holds, where these are larger, and
     * lowers the sums accordingly.
     *
     * <p>One method on purpose: it is large enough for C2 to compile it by itself. In parts it was
     * inlined into its caller, which then had no room left for vectors.
     */
    private void raise(Panel panel) {
        float[] s = panel.data();
        int keys = panel.rows();
        int stride = panel.stride();
        for (int i = 0; i < PANEL; i += 4 * WIDTH) {
            int first = panel.index(i);
            int further = panel.index(i + 2 * WIDTH) - first;
            FloatVector m0 = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
            FloatVector m1 = m0;
            FloatVector m2 = m0;
            FloatVector m3 = m0;
            for (int r = 0, at = first; r < keys; r++, at += stride) {
                FloatVector s0 = FloatVector.fromArray(FLOATS, s, at);
                FloatVector s1 = FloatVector.fromArray(FLOATS, s, at + WIDTH);
                FloatVector s2 = FloatVector.fromArray(FLOATS, s, at + further);
                FloatVector s3 = FloatVector.fromArray(FLOATS, s, at + further + WIDTH);
                m0 = m0.blend(s0, s0.compare(VectorOperators.GT, m0));
                m1 = m1.blend(s1, s1.compare(VectorOperators.GT, m1));
                m2 = m2.blend(s2, s2.compare(VectorOperators.GT, m2));
                m3 = m3.blend(s3, s3.compare(VectorOperators.GT, m3));
            }
            m0.intoArray(largest, i);
            m1.intoArray(largest, i + WIDTH);
            m2.intoArray(largest, i + 2 * WIDTH);
            m3.intoArray(largest, i + 3 * WIDTH);
        }
        FloatVector none = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < PANEL; i += WIDTH) {
            FloatVector oldSum = FloatVector.fromArray(FLOATS, sum, i);
            FloatVector old =
                    FloatVector.fromArray(FLOATS, reference, i)
                            .blend(none, oldSum.compare(VectorOperators.EQ, 0));
            FloatVector block = FloatVector.fromArray(FLOATS, largest, i);
            FloatVector raised = old.blend(block, block.compare(VectorOperators.GT, old));
            // A query that may not attend to anything yet: 2^(−∞ − 0) is 0, 2^(−∞ + ∞) would be
            // NaN.
            FloatVector finite = raised.blend(0, raised.compare(VectorOperators.EQ, none));
            FloatVector factor = Exp2.exp2(old.sub(finite));
            finite.intoArray(reference, i);
            factor.intoArray(rescale, i);
            oldSum.mul(factor).intoArray(sum, i);
            FloatVector.fromArray(FLOATS, excess, i).mul(factor).intoArray(excess, i);
            raised.intoArray(largest, i);
        }
        settled = true;
        for (int i = 0; i < queries; i++) {
            settled &= largest[i] != Float.NEGATIVE_INFINITY;
        }
    }

    /** {@code accumulated[r][·] *= rescale[·]}. */
    void rescale(Panel accumulated) {
        float[] data = accumulated.data();
        for (int i = 0; i < PANEL; i += WIDTH) {
            FloatVector factor = FloatVector.fromArray(FLOATS, rescale, i);
            int at = accumulated.index(i);
            for (int r = 0; r < accumulated.rows(); r++, at += accumulated.stride()) {
                FloatVector.fromArray(FLOATS, data, at).mul(factor).intoArray(data, at);
            }
        }
    }

    /** Adds a score that has no value; {@link #rescale} must follow. */
    void addSink(float score2) {
        for (int i = 0; i < PANEL; i++) {
            boolean first = sum[i] == 0;
            float larger = first ? score2 : Math.max(reference[i], score2);
            double factor = first ? 0 : Math.pow(2, reference[i] - (double) larger);
            sum[i] = (float) (sum[i] * factor + Math.pow(2, score2 - (double) larger));
            reference[i] = larger;
            rescale[i] = (float) factor;
        }
    }

    /** The denominator of a query, relative to its reference; 0 with nothing to attend to. */
    float sum(int query) {
        return sum[query];
    }

    /** The natural log-sum-exp of a query; −∞ with nothing to attend to. */
    float lse(int query) {
        return (float) (reference[query] * LN2 + Math.log(sum[query]));
    }
}

package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * What {@link DecodeKernel} does with the rows of keys and values, for rows of floats.
 *
 * <p>Each method is large on purpose: then C2 compiles it by itself. Inlined into {@link
 * DecodeKernel}, the loops of both precisions took more room than a compilation has, and what came
 * last allocated its vectors as objects. For the same reason vectors are not loaded by a method of
 * our own: C2 does not inline such a one where it finds its call rare. {@link BFloat16Loops} is the
 * same for arrays of shorts.
 */
final class FloatLoops {

    /** {@code scores[j] = q · k_j} for {@code keys} rows. */
    static void dots(float[] q, HeadView k, int kvHead, int key, int keys, float[] scores) {
        float[] rows = k.data();
        int stride = k.rowStride();
        int row = k.index(kvHead, key);
        int j = 0;
        if (q.length == 4 * WIDTH) {
            FloatVector q0 = FloatVector.fromArray(FLOATS, q, 0);
            FloatVector q1 = FloatVector.fromArray(FLOATS, q, WIDTH);
            FloatVector q2 = FloatVector.fromArray(FLOATS, q, 2 * WIDTH);
            FloatVector q3 = FloatVector.fromArray(FLOATS, q, 3 * WIDTH);
            for (; j < keys; j++, row += stride) {
                FloatVector a = q0.mul(FloatVector.fromArray(FLOATS, rows, row));
                FloatVector b = q1.mul(FloatVector.fromArray(FLOATS, rows, row + WIDTH));
                a = q2.fma(FloatVector.fromArray(FLOATS, rows, row + 2 * WIDTH), a);
                b = q3.fma(FloatVector.fromArray(FLOATS, rows, row + 3 * WIDTH), b);
                scores[j] = Lanes.sum(a.add(b));
            }
        }
        int whole = FLOATS.loopBound(q.length);
        VectorMask<Float> rest = FLOATS.indexInRange(whole, q.length);
        for (; j < keys; j++, row += stride) {
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int c = 0; c < whole; c += WIDTH) {
                sum =
                        FloatVector.fromArray(FLOATS, q, c)
                                .fma(FloatVector.fromArray(FLOATS, rows, row + c), sum);
            }
            if (whole < q.length) {
                FloatVector last = FloatVector.fromArray(FLOATS, rows, row + whole, rest);
                sum = FloatVector.fromArray(FLOATS, q, whole, rest).fma(last, sum);
            }
            scores[j] = Lanes.sum(sum);
        }
    }

    /**
     * {@code o += Σ_j p_j v_j} over {@code keys} rows, but for those whose weight is 0; four
     * vectors of features at a time.
     */
    static void addValues(
            float[] weights, HeadView v, int kvHead, int key, int keys, float[] o, int first) {
        float[] rows = v.data();
        int stride = v.rowStride();
        int at = v.index(kvHead, key);
        int columns = v.columns();
        int c = 0;
        for (; c + 4 * WIDTH <= columns; c += 4 * WIDTH) {
            int to = first + c;
            FloatVector o0 = FloatVector.fromArray(FLOATS, o, to);
            FloatVector o1 = FloatVector.fromArray(FLOATS, o, to + WIDTH);
            FloatVector o2 = FloatVector.fromArray(FLOATS, o, to + 2 * WIDTH);
            FloatVector o3 = FloatVector.fromArray(FLOATS, o, to + 3 * WIDTH);
            for (int j = 0, row = at + c; j < keys; j++, row += stride) {
                float weight = weights[j];
                if (weight != 0) {
                    FloatVector p = FloatVector.broadcast(FLOATS, weight);
                    o0 = p.fma(FloatVector.fromArray(FLOATS, rows, row), o0);
                    o1 = p.fma(FloatVector.fromArray(FLOATS, rows, row + WIDTH), o1);
                    o2 = p.fma(FloatVector.fromArray(FLOATS, rows, row + 2 * WIDTH), o2);
                    o3 = p.fma(FloatVector.fromArray(FLOATS, rows, row + 3 * WIDTH), o3);
                }
            }
            o0.intoArray(o, to);
            o1.intoArray(o, to + WIDTH);
            o2.intoArray(o, to + 2 * WIDTH);
            o3.intoArray(o, to + 3 * WIDTH);
        }
        for (; c < columns; c += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(c, columns);
            FloatVector sum = FloatVector.fromArray(FLOATS, o, first + c, inside);
            for (int j = 0, row = at + c; j < keys; j++, row += stride) {
                float weight = weights[j];
                if (weight != 0) {
                    FloatVector value = FloatVector.fromArray(FLOATS, rows, row, inside);
                    sum = value.fma(FloatVector.broadcast(FLOATS, weight), sum);
                }
            }
            sum.intoArray(o, first + c, inside);
        }
    }

    private FloatLoops() {}
}

package heed.attention.kernel;

import static heed.simd.BFloat16.widened;
import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * What {@link DecodeKernel} does with the rows of keys and values, for rows of bfloat16 that are
 * widened in registers: what limits it is the memory, and half as much is read. Sums are made in
 * the order of those over floats.
 */
final class BFloat16Loops {

    /** {@code scores[j] = q · k_j} for {@code keys} rows. */
    static void dots(float[] q, BFloat16View k, int kvHead, int key, int keys, float[] scores) {
        int at = k.index(kvHead, key);
        if (q.length == 4 * WIDTH) {
            dotsOfFour(q, k.data(), at, k.rowStride(), keys, scores);
        } else {
            dots(q, k.data(), at, k.rowStride(), keys, scores);
        }
    }

    private static void dots(float[] q, short[] k, int at, int stride, int keys, float[] scores) {
        int whole = FLOATS.loopBound(q.length);
        VectorMask<Float> rest = FLOATS.indexInRange(whole, q.length);
        for (int j = 0, row = at; j < keys; j++, row += stride) {
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int c = 0; c < whole; c += WIDTH) {
                sum = FloatVector.fromArray(FLOATS, q, c).fma(widened(k, row + c), sum);
            }
            if (whole < q.length) {
                FloatVector last = widened(k, row + whole, q.length - whole);
                sum = FloatVector.fromArray(FLOATS, q, whole, rest).fma(last, sum);
            }
            scores[j] = Lanes.sum(sum);
        }
    }

    /** Rows of exactly four vectors: the query stays in registers. */
    private static void dotsOfFour(
            float[] q, short[] k, int at, int stride, int keys, float[] scores) {
        FloatVector q0 = FloatVector.fromArray(FLOATS, q, 0);
        FloatVector q1 = FloatVector.fromArray(FLOATS, q, WIDTH);
        FloatVector q2 = FloatVector.fromArray(FLOATS, q, 2 * WIDTH);
        FloatVector q3 = FloatVector.fromArray(FLOATS, q, 3 * WIDTH);
        for (int j = 0, row = at; j < keys; j++, row += stride) {
            FloatVector a = q0.mul(widened(k, row));
            FloatVector b = q1.mul(widened(k, row + WIDTH));
            a = q2.fma(widened(k, row + 2 * WIDTH), a);
            b = q3.fma(widened(k, row + 3 * WIDTH), b);
            scores[j] = Lanes.sum(a.add(b));
        }
    }

    /** {@code o += Σ_j p_j v_j} over {@code keys} rows, but for those whose weight is 0. */
    static void addValues(
            float[] weights, BFloat16View v, int kvHead, int key, int keys, float[] o, int first) {
        int at = v.index(kvHead, key);
        int stride = v.rowStride();
        int columns = v.columns();
        int c = 0;
        for (; c + 4 * WIDTH <= columns; c += 4 * WIDTH) {
            addFour(weights, v.data(), at + c, stride, keys, o, first + c);
        }
        for (; c < columns; c += WIDTH) {
            int count = Math.min(WIDTH, columns - c);
            VectorMask<Float> inside = FLOATS.indexInRange(0, count);
            FloatVector sum = FloatVector.fromArray(FLOATS, o, first + c, inside);
            for (int j = 0, row = at + c; j < keys; j++, row += stride) {
                float weight = weights[j];
                if (weight != 0) {
                    sum =
                            widened(v.data(), row, count)
                                    .fma(FloatVector.broadcast(FLOATS, weight), sum);
                }
            }
            sum.intoArray(o, first + c, inside);
        }
    }

    private static void addFour(
            float[] weights, short[] v, int at, int stride, int keys, float[] o, int first) {
        FloatVector o0 = FloatVector.fromArray(FLOATS, o, first);
        FloatVector o1 = FloatVector.fromArray(FLOATS, o, first + WIDTH);
        FloatVector o2 = FloatVector.fromArray(FLOATS, o, first + 2 * WIDTH);
        FloatVector o3 = FloatVector.fromArray(FLOATS, o, first + 3 * WIDTH);
        for (int j = 0, row = at; j < keys; j++, row += stride) {
            float weight = weights[j];
            if (weight != 0) {
                FloatVector p = FloatVector.broadcast(FLOATS, weight);
                o0 = p.fma(widened(v, row), o0);
                o1 = p.fma(widened(v, row + WIDTH), o1);
                o2 = p.fma(widened(v, row + 2 * WIDTH), o2);
                o3 = p.fma(widened(v, row + 3 * WIDTH), o3);
            }
        }
        o0.intoArray(o, first);
        o1.intoArray(o, first + WIDTH);
        o2.intoArray(o, first + 2 * WIDTH);
        o3.intoArray(o, first + 3 * WIDTH);
    }

    private BFloat16Loops() {}
}

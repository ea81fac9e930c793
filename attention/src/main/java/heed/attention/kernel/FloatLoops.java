package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * What {@link DecodeKernel} does with the rows of keys and values, for rows of floats.
 *
 * <p>Each loop is in a method that is large on purpose: then C2 compiles it by itself. Inlined into
 * {@link DecodeKernel}, the loops of both precisions took more room than a compilation has, and
 * what came last allocated its vectors as objects. For the same reason vectors are not loaded by a
 * method of our own: C2 does not inline such a one where it finds its call rare.
 *
 * <p>Rows are read whole where they can be, for parts of rows are not fetched ahead as well. {@link
 * BFloat16Loops} does the same for arrays of shorts, four vectors at a time: eight that are widened
 * take more room than a compilation has.
 */
final class FloatLoops {

    /** {@code scores[j] = q · k_j} for {@code keys} rows. */
    static void dots(float[] q, HeadView k, int kvHead, int key, int keys, float[] scores) {
        if (q.length == 8 * WIDTH) {
            dotsOfEight(q, k, kvHead, key, keys, scores);
        } else {
            dotsOfAny(q, k, kvHead, key, keys, scores);
        }
    }

    private static void dotsOfEight(
            float[] q, HeadView k, int kvHead, int key, int keys, float[] scores) {
        float[] rows = k.data();
        int stride = k.rowStride();
        int row = k.index(kvHead, key);
        FloatVector q0 = FloatVector.fromArray(FLOATS, q, 0);
        FloatVector q1 = FloatVector.fromArray(FLOATS, q, WIDTH);
        FloatVector q2 = FloatVector.fromArray(FLOATS, q, 2 * WIDTH);
        FloatVector q3 = FloatVector.fromArray(FLOATS, q, 3 * WIDTH);
        FloatVector q4 = FloatVector.fromArray(FLOATS, q, 4 * WIDTH);
        FloatVector q5 = FloatVector.fromArray(FLOATS, q, 5 * WIDTH);
        FloatVector q6 = FloatVector.fromArray(FLOATS, q, 6 * WIDTH);
        FloatVector q7 = FloatVector.fromArray(FLOATS, q, 7 * WIDTH);
        for (int j = 0; j < keys; j++, row += stride) {
            FloatVector sum = q0.mul(FloatVector.fromArray(FLOATS, rows, row));
            sum = q1.fma(FloatVector.fromArray(FLOATS, rows, row + WIDTH), sum);
            sum = q2.fma(FloatVector.fromArray(FLOATS, rows, row + 2 * WIDTH), sum);
            sum = q3.fma(FloatVector.fromArray(FLOATS, rows, row + 3 * WIDTH), sum);
            sum = q4.fma(FloatVector.fromArray(FLOATS, rows, row + 4 * WIDTH), sum);
            sum = q5.fma(FloatVector.fromArray(FLOATS, rows, row + 5 * WIDTH), sum);
            sum = q6.fma(FloatVector.fromArray(FLOATS, rows, row + 6 * WIDTH), sum);
            sum = q7.fma(FloatVector.fromArray(FLOATS, rows, row + 7 * WIDTH), sum);
            scores[j] = Lanes.sum(sum);
        }
    }

    private static void dotsOfAny(
            float[] q, HeadView k, int kvHead, int key, int keys, float[] scores) {
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
     * {@code o += Σ_j p_j v_j} over {@code keys} rows, but for those whose weight is 0; eight or
     * four vectors of features at a time.
     */
    static void addValues(
            float[] weights, HeadView v, int kvHead, int key, int keys, float[] o, int first) {
        int c = 0;
        for (; c + 8 * WIDTH <= v.columns(); c += 8 * WIDTH) {
            addEight(weights, v, v.index(kvHead, key) + c, keys, o, first + c);
        }
        if (c < v.columns()) {
            int columns = v.columns() - c;
            addRest(weights, v, v.index(kvHead, key) + c, columns, keys, o, first + c);
        }
    }

    private static void addEight(
            float[] weights, HeadView v, int at, int keys, float[] o, int first) {
        float[] rows = v.data();
        int stride = v.rowStride();
        FloatVector o0 = FloatVector.fromArray(FLOATS, o, first);
        FloatVector o1 = FloatVector.fromArray(FLOATS, o, first + WIDTH);
        FloatVector o2 = FloatVector.fromArray(FLOATS, o, first + 2 * WIDTH);
        FloatVector o3 = FloatVector.fromArray(FLOATS, o, first + 3 * WIDTH);
        FloatVector o4 = FloatVector.fromArray(FLOATS, o, first + 4 * WIDTH);
        FloatVector o5 = FloatVector.fromArray(FLOATS, o, first + 5 * WIDTH);
        FloatVector o6 = FloatVector.fromArray(FLOATS, o, first + 6 * WIDTH);
        FloatVector o7 = FloatVector.fromArray(FLOATS, o, first + 7 * WIDTH);
        for (int j = 0, row = at; j < keys; j++, row += stride) {
            float weight = weights[j];
            if (weight != 0) {
                FloatVector p = FloatVector.broadcast(FLOATS, weight);
                o0 = p.fma(FloatVector.fromArray(FLOATS, rows, row), o0);
                o1 = p.fma(FloatVector.fromArray(FLOATS, rows, row + WIDTH), o1);
                o2 = p.fma(FloatVector.fromArray(FLOATS, rows, row + 2 * WIDTH), o2);
                o3 = p.fma(FloatVector.fromArray(FLOATS, rows, row + 3 * WIDTH), o3);
                o4 = p.fma(FloatVector.fromArray(FLOATS, rows, row + 4 * WIDTH), o4);
                o5 = p.fma(FloatVector.fromArray(FLOATS, rows, row + 5 * WIDTH), o5);
                o6 = p.fma(FloatVector.fromArray(FLOATS, rows, row + 6 * WIDTH), o6);
                o7 = p.fma(FloatVector.fromArray(FLOATS, rows, row + 7 * WIDTH), o7);
            }
        }
        o0.intoArray(o, first);
        o1.intoArray(o, first + WIDTH);
        o2.intoArray(o, first + 2 * WIDTH);
        o3.intoArray(o, first + 3 * WIDTH);
        o4.intoArray(o, first + 4 * WIDTH);
        o5.intoArray(o, first + 5 * WIDTH);
        o6.intoArray(o, first + 6 * WIDTH);
        o7.intoArray(o, first + 7 * WIDTH);
    }

    private static void addRest(
            float[] weights, HeadView v, int at, int columns, int keys, float[] o, int first) {
        float[] rows = v.data();
        int stride = v.rowStride();
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

package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * The tile of {@link BlockProduct} for 32 vector registers: 4 rows × 4 vectors of sums, 4 vectors
 * of b and one scalar of a; and one of a single row.
 */
final class WideTile {
    static void fourByFour(
            Block a, int r, Block b, @Nullable Block start, Block c, int column, int depth) {
        float[] cs = c.data();
        int c0 = c.at() + r * c.stride() + column;
        int c1 = c0 + c.stride();
        int c2 = c1 + c.stride();
        int c3 = c2 + c.stride();
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        FloatVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        FloatVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        FloatVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        if (start != null) {
            float[] ts = start.data();
            int t0 = start.at() + r * start.stride() + column;
            int t1 = t0 + start.stride();
            int t2 = t1 + start.stride();
            int t3 = t2 + start.stride();
            s00 = load(ts, t0);
            s01 = load(ts, t0 + WIDTH);
            s02 = load(ts, t0 + 2 * WIDTH);
            s03 = load(ts, t0 + 3 * WIDTH);
            s10 = load(ts, t1);
            s11 = load(ts, t1 + WIDTH);
            s12 = load(ts, t1 + 2 * WIDTH);
            s13 = load(ts, t1 + 3 * WIDTH);
            s20 = load(ts, t2);
            s21 = load(ts, t2 + WIDTH);
            s22 = load(ts, t2 + 2 * WIDTH);
            s23 = load(ts, t2 + 3 * WIDTH);
            s30 = load(ts, t3);
            s31 = load(ts, t3 + WIDTH);
            s32 = load(ts, t3 + 2 * WIDTH);
            s33 = load(ts, t3 + 3 * WIDTH);
        }
        float[] as = a.data();
        int a0 = a.index(r);
        float[] bs = b.data();
        int bStride = b.stride();
        int bp = b.at() + column;
        if (a.transposed()) {
            for (int p = 0, ap = a0; p < depth; p++, ap += a.stride(), bp += bStride) {
                FloatVector b0 = load(bs, bp);
                FloatVector b1 = load(bs, bp + WIDTH);
                FloatVector b2 = load(bs, bp + 2 * WIDTH);
                FloatVector b3 = load(bs, bp + 3 * WIDTH);
                FloatVector x = FloatVector.broadcast(FLOATS, as[ap]);
                s00 = x.fma(b0, s00);
                s01 = x.fma(b1, s01);
                s02 = x.fma(b2, s02);
                s03 = x.fma(b3, s03);
                x = FloatVector.broadcast(FLOATS, as[ap + 1]);
                s10 = x.fma(b0, s10);
                s11 = x.fma(b1, s11);
                s12 = x.fma(b2, s12);
                s13 = x.fma(b3, s13);
                x = FloatVector.broadcast(FLOATS, as[ap + 2]);
                s20 = x.fma(b0, s20);
                s21 = x.fma(b1, s21);
                s22 = x.fma(b2, s22);
                s23 = x.fma(b3, s23);
                x = FloatVector.broadcast(FLOATS, as[ap + 3]);
                s30 = x.fma(b0, s30);
                s31 = x.fma(b1, s31);
                s32 = x.fma(b2, s32);
                s33 = x.fma(b3, s33);
            }
        } else {
            int a1 = a0 + a.stride();
            int a2 = a1 + a.stride();
            int a3 = a2 + a.stride();
            for (int p = 0; p < depth; p++, bp += bStride) {
                FloatVector b0 = load(bs, bp);
                FloatVector b1 = load(bs, bp + WIDTH);
                FloatVector b2 = load(bs, bp + 2 * WIDTH);
                FloatVector b3 = load(bs, bp + 3 * WIDTH);
                FloatVector x = FloatVector.broadcast(FLOATS, as[a0 + p]);
                s00 = x.fma(b0, s00);
                s01 = x.fma(b1, s01);
                s02 = x.fma(b2, s02);
                s03 = x.fma(b3, s03);
                x = FloatVector.broadcast(FLOATS, as[a1 + p]);
                s10 = x.fma(b0, s10);
                s11 = x.fma(b1, s11);
                s12 = x.fma(b2, s12);
                s13 = x.fma(b3, s13);
                x = FloatVector.broadcast(FLOATS, as[a2 + p]);
                s20 = x.fma(b0, s20);
                s21 = x.fma(b1, s21);
                s22 = x.fma(b2, s22);
                s23 = x.fma(b3, s23);
                x = FloatVector.broadcast(FLOATS, as[a3 + p]);
                s30 = x.fma(b0, s30);
                s31 = x.fma(b1, s31);
                s32 = x.fma(b2, s32);
                s33 = x.fma(b3, s33);
            }
        }
        s00.intoArray(cs, c0);
        s01.intoArray(cs, c0 + WIDTH);
        s02.intoArray(cs, c0 + 2 * WIDTH);
        s03.intoArray(cs, c0 + 3 * WIDTH);
        s10.intoArray(cs, c1);
        s11.intoArray(cs, c1 + WIDTH);
        s12.intoArray(cs, c1 + 2 * WIDTH);
        s13.intoArray(cs, c1 + 3 * WIDTH);
        s20.intoArray(cs, c2);
        s21.intoArray(cs, c2 + WIDTH);
        s22.intoArray(cs, c2 + 2 * WIDTH);
        s23.intoArray(cs, c2 + 3 * WIDTH);
        s30.intoArray(cs, c3);
        s31.intoArray(cs, c3 + WIDTH);
        s32.intoArray(cs, c3 + 2 * WIDTH);
        s33.intoArray(cs, c3 + 3 * WIDTH);
    }

    /** One row, for what is left. */
    static void oneByFour(
            Block a, int r, Block b, @Nullable Block start, Block c, int column, int depth) {
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        if (start != null) {
            int t0 = start.at() + r * start.stride() + column;
            s0 = load(start.data(), t0);
            s1 = load(start.data(), t0 + WIDTH);
            s2 = load(start.data(), t0 + 2 * WIDTH);
            s3 = load(start.data(), t0 + 3 * WIDTH);
        }
        float[] as = a.data();
        float[] bs = b.data();
        int bStride = b.stride();
        int step = a.step();
        int ap = a.index(r);
        int bp = b.at() + column;
        for (int p = 0; p < depth; p++, ap += step, bp += bStride) {
            FloatVector x = FloatVector.broadcast(FLOATS, as[ap]);
            s0 = x.fma(load(bs, bp), s0);
            s1 = x.fma(load(bs, bp + WIDTH), s1);
            s2 = x.fma(load(bs, bp + 2 * WIDTH), s2);
            s3 = x.fma(load(bs, bp + 3 * WIDTH), s3);
        }
        float[] cs = c.data();
        int c0 = c.at() + r * c.stride() + column;
        s0.intoArray(cs, c0);
        s1.intoArray(cs, c0 + WIDTH);
        s2.intoArray(cs, c0 + 2 * WIDTH);
        s3.intoArray(cs, c0 + 3 * WIDTH);
    }

    private static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    private WideTile() {}
}

package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * Tiles of 4 rows × 4 vectors and of 1 row × 4 vectors of sums: what {@link WideTile} leaves of the
 * rows.
 */
final class ShortWideTile {
    static void fourByFour(Block a, int r, Block b, Block start, Block c, int column, int depth) {
        float[] as = a.data();
        int a0 = a.index(r);
        float[] bs = b.data();
        int bStride = b.stride();
        int bp = b.at() + column;
        float[] cs = c.data();
        int cStride = c.stride();
        int cp = c.index(r) + column;
        float[] ts = start.data();
        int t = start.index(r) + column;
        int tStride = start.stride();
        FloatVector s00 = load(ts, t);
        FloatVector s01 = load(ts, t + WIDTH);
        FloatVector s02 = load(ts, t + 2 * WIDTH);
        FloatVector s03 = load(ts, t + 3 * WIDTH);
        t += tStride;
        FloatVector s10 = load(ts, t);
        FloatVector s11 = load(ts, t + WIDTH);
        FloatVector s12 = load(ts, t + 2 * WIDTH);
        FloatVector s13 = load(ts, t + 3 * WIDTH);
        t += tStride;
        FloatVector s20 = load(ts, t);
        FloatVector s21 = load(ts, t + WIDTH);
        FloatVector s22 = load(ts, t + 2 * WIDTH);
        FloatVector s23 = load(ts, t + 3 * WIDTH);
        t += tStride;
        FloatVector s30 = load(ts, t);
        FloatVector s31 = load(ts, t + WIDTH);
        FloatVector s32 = load(ts, t + 2 * WIDTH);
        FloatVector s33 = load(ts, t + 3 * WIDTH);
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
        s00.intoArray(cs, cp);
        s01.intoArray(cs, cp + WIDTH);
        s02.intoArray(cs, cp + 2 * WIDTH);
        s03.intoArray(cs, cp + 3 * WIDTH);
        cp += cStride;
        s10.intoArray(cs, cp);
        s11.intoArray(cs, cp + WIDTH);
        s12.intoArray(cs, cp + 2 * WIDTH);
        s13.intoArray(cs, cp + 3 * WIDTH);
        cp += cStride;
        s20.intoArray(cs, cp);
        s21.intoArray(cs, cp + WIDTH);
        s22.intoArray(cs, cp + 2 * WIDTH);
        s23.intoArray(cs, cp + 3 * WIDTH);
        cp += cStride;
        s30.intoArray(cs, cp);
        s31.intoArray(cs, cp + WIDTH);
        s32.intoArray(cs, cp + 2 * WIDTH);
        s33.intoArray(cs, cp + 3 * WIDTH);
    }

    /** One row. */
    static void oneByFour(Block a, int r, Block b, Block start, Block c, int column, int depth) {
        float[] cs = c.data();
        int cp = c.index(r) + column;
        float[] ts = start.data();
        int t = start.index(r) + column;
        FloatVector s0 = load(ts, t);
        FloatVector s1 = load(ts, t + WIDTH);
        FloatVector s2 = load(ts, t + 2 * WIDTH);
        FloatVector s3 = load(ts, t + 3 * WIDTH);
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
        s0.intoArray(cs, cp);
        s1.intoArray(cs, cp + WIDTH);
        s2.intoArray(cs, cp + 2 * WIDTH);
        s3.intoArray(cs, cp + 3 * WIDTH);
    }

    private static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    private ShortWideTile() {}
}

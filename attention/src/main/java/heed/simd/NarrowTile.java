package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The tile of {@link BlockProduct} for 16 vector registers: 6 rows × 2 vectors of sums, 2 vectors
 * of b and one scalar of a; and one of 4 rows for what is left.
 */
final class NarrowTile {
    static void sixByTwo(Block a, int r, Block b, Block start, Block c, int column, int depth) {
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
        t += tStride;
        FloatVector s10 = load(ts, t);
        FloatVector s11 = load(ts, t + WIDTH);
        t += tStride;
        FloatVector s20 = load(ts, t);
        FloatVector s21 = load(ts, t + WIDTH);
        t += tStride;
        FloatVector s30 = load(ts, t);
        FloatVector s31 = load(ts, t + WIDTH);
        t += tStride;
        FloatVector s40 = load(ts, t);
        FloatVector s41 = load(ts, t + WIDTH);
        t += tStride;
        FloatVector s50 = load(ts, t);
        FloatVector s51 = load(ts, t + WIDTH);
        if (a.transposed()) {
            for (int p = 0, ap = a0; p < depth; p++, ap += a.stride(), bp += bStride) {
                FloatVector b0 = load(bs, bp);
                FloatVector b1 = load(bs, bp + WIDTH);
                FloatVector x = FloatVector.broadcast(FLOATS, as[ap]);
                s00 = x.fma(b0, s00);
                s01 = x.fma(b1, s01);
                x = FloatVector.broadcast(FLOATS, as[ap + 1]);
                s10 = x.fma(b0, s10);
                s11 = x.fma(b1, s11);
                x = FloatVector.broadcast(FLOATS, as[ap + 2]);
                s20 = x.fma(b0, s20);
                s21 = x.fma(b1, s21);
                x = FloatVector.broadcast(FLOATS, as[ap + 3]);
                s30 = x.fma(b0, s30);
                s31 = x.fma(b1, s31);
                x = FloatVector.broadcast(FLOATS, as[ap + 4]);
                s40 = x.fma(b0, s40);
                s41 = x.fma(b1, s41);
                x = FloatVector.broadcast(FLOATS, as[ap + 5]);
                s50 = x.fma(b0, s50);
                s51 = x.fma(b1, s51);
            }
        } else {
            int a1 = a0 + a.stride();
            int a2 = a1 + a.stride();
            int a3 = a2 + a.stride();
            int a4 = a3 + a.stride();
            int a5 = a4 + a.stride();
            for (int p = 0; p < depth; p++, bp += bStride) {
                FloatVector b0 = load(bs, bp);
                FloatVector b1 = load(bs, bp + WIDTH);
                FloatVector x = FloatVector.broadcast(FLOATS, as[a0 + p]);
                s00 = x.fma(b0, s00);
                s01 = x.fma(b1, s01);
                x = FloatVector.broadcast(FLOATS, as[a1 + p]);
                s10 = x.fma(b0, s10);
                s11 = x.fma(b1, s11);
                x = FloatVector.broadcast(FLOATS, as[a2 + p]);
                s20 = x.fma(b0, s20);
                s21 = x.fma(b1, s21);
                x = FloatVector.broadcast(FLOATS, as[a3 + p]);
                s30 = x.fma(b0, s30);
                s31 = x.fma(b1, s31);
                x = FloatVector.broadcast(FLOATS, as[a4 + p]);
                s40 = x.fma(b0, s40);
                s41 = x.fma(b1, s41);
                x = FloatVector.broadcast(FLOATS, as[a5 + p]);
                s50 = x.fma(b0, s50);
                s51 = x.fma(b1, s51);
            }
        }
        s00.intoArray(cs, cp);
        s01.intoArray(cs, cp + WIDTH);
        cp += cStride;
        s10.intoArray(cs, cp);
        s11.intoArray(cs, cp + WIDTH);
        cp += cStride;
        s20.intoArray(cs, cp);
        s21.intoArray(cs, cp + WIDTH);
        cp += cStride;
        s30.intoArray(cs, cp);
        s31.intoArray(cs, cp + WIDTH);
        cp += cStride;
        s40.intoArray(cs, cp);
        s41.intoArray(cs, cp + WIDTH);
        cp += cStride;
        s50.intoArray(cs, cp);
        s51.intoArray(cs, cp + WIDTH);
    }

    static void fourByTwo(Block a, int r, Block b, Block start, Block c, int column, int depth) {
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
        t += tStride;
        FloatVector s10 = load(ts, t);
        FloatVector s11 = load(ts, t + WIDTH);
        t += tStride;
        FloatVector s20 = load(ts, t);
        FloatVector s21 = load(ts, t + WIDTH);
        t += tStride;
        FloatVector s30 = load(ts, t);
        FloatVector s31 = load(ts, t + WIDTH);
        if (a.transposed()) {
            for (int p = 0, ap = a0; p < depth; p++, ap += a.stride(), bp += bStride) {
                FloatVector b0 = load(bs, bp);
                FloatVector b1 = load(bs, bp + WIDTH);
                FloatVector x = FloatVector.broadcast(FLOATS, as[ap]);
                s00 = x.fma(b0, s00);
                s01 = x.fma(b1, s01);
                x = FloatVector.broadcast(FLOATS, as[ap + 1]);
                s10 = x.fma(b0, s10);
                s11 = x.fma(b1, s11);
                x = FloatVector.broadcast(FLOATS, as[ap + 2]);
                s20 = x.fma(b0, s20);
                s21 = x.fma(b1, s21);
                x = FloatVector.broadcast(FLOATS, as[ap + 3]);
                s30 = x.fma(b0, s30);
                s31 = x.fma(b1, s31);
            }
        } else {
            int a1 = a0 + a.stride();
            int a2 = a1 + a.stride();
            int a3 = a2 + a.stride();
            for (int p = 0; p < depth; p++, bp += bStride) {
                FloatVector b0 = load(bs, bp);
                FloatVector b1 = load(bs, bp + WIDTH);
                FloatVector x = FloatVector.broadcast(FLOATS, as[a0 + p]);
                s00 = x.fma(b0, s00);
                s01 = x.fma(b1, s01);
                x = FloatVector.broadcast(FLOATS, as[a1 + p]);
                s10 = x.fma(b0, s10);
                s11 = x.fma(b1, s11);
                x = FloatVector.broadcast(FLOATS, as[a2 + p]);
                s20 = x.fma(b0, s20);
                s21 = x.fma(b1, s21);
                x = FloatVector.broadcast(FLOATS, as[a3 + p]);
                s30 = x.fma(b0, s30);
                s31 = x.fma(b1, s31);
            }
        }
        s00.intoArray(cs, cp);
        s01.intoArray(cs, cp + WIDTH);
        cp += cStride;
        s10.intoArray(cs, cp);
        s11.intoArray(cs, cp + WIDTH);
        cp += cStride;
        s20.intoArray(cs, cp);
        s21.intoArray(cs, cp + WIDTH);
        cp += cStride;
        s30.intoArray(cs, cp);
        s31.intoArray(cs, cp + WIDTH);
    }

    private static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    private NarrowTile() {}
}

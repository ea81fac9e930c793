package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * The tile of {@link BlockProduct} for 16 vector registers: 6 rows × 2 vectors of sums, 2 vectors
 * of b and one scalar of a; and one of 4 rows for what is left.
 */
final class NarrowTile {
    static void sixByTwo(
            Block a, int r, Block b, @Nullable Block start, Block c, int column, int depth) {
        float[] cs = c.data();
        int c0 = c.at() + r * c.stride() + column;
        int c1 = c0 + c.stride();
        int c2 = c1 + c.stride();
        int c3 = c2 + c.stride();
        int c4 = c3 + c.stride();
        int c5 = c4 + c.stride();
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero;
        FloatVector s10 = zero, s11 = zero;
        FloatVector s20 = zero, s21 = zero;
        FloatVector s30 = zero, s31 = zero;
        FloatVector s40 = zero, s41 = zero;
        FloatVector s50 = zero, s51 = zero;
        if (start != null) {
            float[] ts = start.data();
            int t0 = start.at() + r * start.stride() + column;
            int t1 = t0 + start.stride();
            int t2 = t1 + start.stride();
            int t3 = t2 + start.stride();
            int t4 = t3 + start.stride();
            int t5 = t4 + start.stride();
            s00 = load(ts, t0);
            s01 = load(ts, t0 + WIDTH);
            s10 = load(ts, t1);
            s11 = load(ts, t1 + WIDTH);
            s20 = load(ts, t2);
            s21 = load(ts, t2 + WIDTH);
            s30 = load(ts, t3);
            s31 = load(ts, t3 + WIDTH);
            s40 = load(ts, t4);
            s41 = load(ts, t4 + WIDTH);
            s50 = load(ts, t5);
            s51 = load(ts, t5 + WIDTH);
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
        s00.intoArray(cs, c0);
        s01.intoArray(cs, c0 + WIDTH);
        s10.intoArray(cs, c1);
        s11.intoArray(cs, c1 + WIDTH);
        s20.intoArray(cs, c2);
        s21.intoArray(cs, c2 + WIDTH);
        s30.intoArray(cs, c3);
        s31.intoArray(cs, c3 + WIDTH);
        s40.intoArray(cs, c4);
        s41.intoArray(cs, c4 + WIDTH);
        s50.intoArray(cs, c5);
        s51.intoArray(cs, c5 + WIDTH);
    }

    static void fourByTwo(
            Block a, int r, Block b, @Nullable Block start, Block c, int column, int depth) {
        float[] cs = c.data();
        int c0 = c.at() + r * c.stride() + column;
        int c1 = c0 + c.stride();
        int c2 = c1 + c.stride();
        int c3 = c2 + c.stride();
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero;
        FloatVector s10 = zero, s11 = zero;
        FloatVector s20 = zero, s21 = zero;
        FloatVector s30 = zero, s31 = zero;
        if (start != null) {
            float[] ts = start.data();
            int t0 = start.at() + r * start.stride() + column;
            int t1 = t0 + start.stride();
            int t2 = t1 + start.stride();
            int t3 = t2 + start.stride();
            s00 = load(ts, t0);
            s01 = load(ts, t0 + WIDTH);
            s10 = load(ts, t1);
            s11 = load(ts, t1 + WIDTH);
            s20 = load(ts, t2);
            s21 = load(ts, t2 + WIDTH);
            s30 = load(ts, t3);
            s31 = load(ts, t3 + WIDTH);
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
        s00.intoArray(cs, c0);
        s01.intoArray(cs, c0 + WIDTH);
        s10.intoArray(cs, c1);
        s11.intoArray(cs, c1 + WIDTH);
        s20.intoArray(cs, c2);
        s21.intoArray(cs, c2 + WIDTH);
        s30.intoArray(cs, c3);
        s31.intoArray(cs, c3 + WIDTH);
    }

    private static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    private NarrowTile() {}
}

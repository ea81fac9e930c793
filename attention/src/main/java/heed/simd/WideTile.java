package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The tile of {@link BlockProduct} for 32 vector registers: 6 rows × 4 vectors of sums, 4 vectors
 * of b and one scalar of a.
 *
 * <p>A method for each beginning and each order of a: with more of them in one, C2 runs out of room
 * and allocates its vectors as objects. What is not inlined has no place behind the first vector:
 * all would be spilled.
 */
final class WideTile {
    /** {@code c = a · b}, where a is not transposed. */
    static void setSixByFour(Block a, int r, Block b, Block c, int column, int depth) {
        float[] as = a.data();
        int a0 = a.index(r);
        float[] bs = b.data();
        int bStride = b.stride();
        int bp = b.at() + column;
        float[] cs = c.data();
        int cStride = c.stride();
        int cp = c.index(r) + column;
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        FloatVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        FloatVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        FloatVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        FloatVector s40 = zero, s41 = zero, s42 = zero, s43 = zero;
        FloatVector s50 = zero, s51 = zero, s52 = zero, s53 = zero;
        int a1 = a0 + a.stride();
        int a2 = a1 + a.stride();
        int a3 = a2 + a.stride();
        int a4 = a3 + a.stride();
        int a5 = a4 + a.stride();
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
            x = FloatVector.broadcast(FLOATS, as[a4 + p]);
            s40 = x.fma(b0, s40);
            s41 = x.fma(b1, s41);
            s42 = x.fma(b2, s42);
            s43 = x.fma(b3, s43);
            x = FloatVector.broadcast(FLOATS, as[a5 + p]);
            s50 = x.fma(b0, s50);
            s51 = x.fma(b1, s51);
            s52 = x.fma(b2, s52);
            s53 = x.fma(b3, s53);
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
        cp += cStride;
        s40.intoArray(cs, cp);
        s41.intoArray(cs, cp + WIDTH);
        s42.intoArray(cs, cp + 2 * WIDTH);
        s43.intoArray(cs, cp + 3 * WIDTH);
        cp += cStride;
        s50.intoArray(cs, cp);
        s51.intoArray(cs, cp + WIDTH);
        s52.intoArray(cs, cp + 2 * WIDTH);
        s53.intoArray(cs, cp + 3 * WIDTH);
    }

    /** {@code c = start + a · b}. */
    static void addSixByFour(Block a, int r, Block b, Block start, Block c, int column, int depth) {
        if (a.transposed()) {
            addSixColumns(a, r, b, start, c, column, depth);
        } else {
            addSixRows(a, r, b, start, c, column, depth);
        }
    }

    private static void addSixRows(
            Block a, int r, Block b, Block start, Block c, int column, int depth) {
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
        t += tStride;
        FloatVector s40 = load(ts, t);
        FloatVector s41 = load(ts, t + WIDTH);
        FloatVector s42 = load(ts, t + 2 * WIDTH);
        FloatVector s43 = load(ts, t + 3 * WIDTH);
        t += tStride;
        FloatVector s50 = load(ts, t);
        FloatVector s51 = load(ts, t + WIDTH);
        FloatVector s52 = load(ts, t + 2 * WIDTH);
        FloatVector s53 = load(ts, t + 3 * WIDTH);
        int a1 = a0 + a.stride();
        int a2 = a1 + a.stride();
        int a3 = a2 + a.stride();
        int a4 = a3 + a.stride();
        int a5 = a4 + a.stride();
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
            x = FloatVector.broadcast(FLOATS, as[a4 + p]);
            s40 = x.fma(b0, s40);
            s41 = x.fma(b1, s41);
            s42 = x.fma(b2, s42);
            s43 = x.fma(b3, s43);
            x = FloatVector.broadcast(FLOATS, as[a5 + p]);
            s50 = x.fma(b0, s50);
            s51 = x.fma(b1, s51);
            s52 = x.fma(b2, s52);
            s53 = x.fma(b3, s53);
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
        cp += cStride;
        s40.intoArray(cs, cp);
        s41.intoArray(cs, cp + WIDTH);
        s42.intoArray(cs, cp + 2 * WIDTH);
        s43.intoArray(cs, cp + 3 * WIDTH);
        cp += cStride;
        s50.intoArray(cs, cp);
        s51.intoArray(cs, cp + WIDTH);
        s52.intoArray(cs, cp + 2 * WIDTH);
        s53.intoArray(cs, cp + 3 * WIDTH);
    }

    private static void addSixColumns(
            Block a, int r, Block b, Block start, Block c, int column, int depth) {
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
        t += tStride;
        FloatVector s40 = load(ts, t);
        FloatVector s41 = load(ts, t + WIDTH);
        FloatVector s42 = load(ts, t + 2 * WIDTH);
        FloatVector s43 = load(ts, t + 3 * WIDTH);
        t += tStride;
        FloatVector s50 = load(ts, t);
        FloatVector s51 = load(ts, t + WIDTH);
        FloatVector s52 = load(ts, t + 2 * WIDTH);
        FloatVector s53 = load(ts, t + 3 * WIDTH);
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
            x = FloatVector.broadcast(FLOATS, as[ap + 4]);
            s40 = x.fma(b0, s40);
            s41 = x.fma(b1, s41);
            s42 = x.fma(b2, s42);
            s43 = x.fma(b3, s43);
            x = FloatVector.broadcast(FLOATS, as[ap + 5]);
            s50 = x.fma(b0, s50);
            s51 = x.fma(b1, s51);
            s52 = x.fma(b2, s52);
            s53 = x.fma(b3, s53);
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
        cp += cStride;
        s40.intoArray(cs, cp);
        s41.intoArray(cs, cp + WIDTH);
        s42.intoArray(cs, cp + 2 * WIDTH);
        s43.intoArray(cs, cp + 3 * WIDTH);
        cp += cStride;
        s50.intoArray(cs, cp);
        s51.intoArray(cs, cp + WIDTH);
        s52.intoArray(cs, cp + 2 * WIDTH);
        s53.intoArray(cs, cp + 3 * WIDTH);
    }

    private static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    private WideTile() {}
}

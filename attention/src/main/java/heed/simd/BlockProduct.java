package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The product that all heavy work consists of: {@code c[r][·] (+)= Σ_p a[r][p] · b[p][·]}, for
 * blocks that fit the cache.
 *
 * <p>{@code a} may be transposed, {@code b} and {@code c} are row-major: scalars of a are
 * multiplied with rows of b. Lanes never mix, so nothing is reduced across them.
 *
 * <p>Implementation: a tile of sums stays in registers, 4 rows × 4 vectors where a machine has 32
 * vector registers and 4 × 2 where it has 16. Each vector of b is loaded once for 4 rows, each
 * scalar of a once for a strip of vectors, and there are enough sums to hide the latency of the
 * fused multiply-add. Rows beyond a multiple of 4 are done one by one, columns beyond a multiple of
 * the strip a vector at a time, the last under a mask. Tiles are written out by hand, since C2
 * keeps a sum in a register only if it is a local variable; a sum is always the addend of {@code
 * fma}, the one form that C2 emits without a move.
 */
public final class BlockProduct {
    private static final boolean WIDE = Lanes.REGISTERS >= 32;

    /** Columns of a tile. */
    private static final int STRIP = (WIDE ? 4 : 2) * WIDTH;

    /**
     * {@code c = a · b}.
     *
     * @param a {@code [rows, depth]}
     * @param b {@code [depth, width]}
     * @param c {@code [rows, width]}; overwritten
     */
    public static void set(Block a, Block b, Block c, int rows, int depth, int width) {
        multiply(a, b, c, rows, depth, width, false);
    }

    /**
     * {@code c += a · b}.
     *
     * @param a {@code [rows, depth]}
     * @param b {@code [depth, width]}
     * @param c {@code [rows, width]}
     */
    public static void add(Block a, Block b, Block c, int rows, int depth, int width) {
        multiply(a, b, c, rows, depth, width, true);
    }

    private static void multiply(
            Block a, Block b, Block c, int rows, int depth, int width, boolean accumulate) {
        int column = 0;
        for (; column + STRIP <= width; column += STRIP) {
            int r = 0;
            for (; r + 4 <= rows; r += 4) {
                if (WIDE) {
                    fourByFour(a, r, b, c, column, depth, accumulate);
                } else {
                    fourByTwo(a, r, b, c, column, depth, accumulate);
                }
            }
            for (; r < rows; r++) {
                for (int i = column; i < column + STRIP; i += 2 * WIDTH) {
                    oneByTwo(a, r, b, c, i, depth, accumulate);
                }
            }
        }
        for (; column < width; column += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(column, width);
            for (int r = 0; r < rows; r++) {
                edge(a, r, b, c, column, inside, depth, accumulate);
            }
        }
    }

    private static void fourByFour(
            Block a, int r, Block b, Block c, int column, int depth, boolean accumulate) {
        float[] cs = c.data();
        int c0 = c.at() + r * c.rowStride() + column;
        int c1 = c0 + c.rowStride();
        int c2 = c1 + c.rowStride();
        int c3 = c2 + c.rowStride();
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        FloatVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        FloatVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        FloatVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        if (accumulate) {
            s00 = load(cs, c0);
            s01 = load(cs, c0 + WIDTH);
            s02 = load(cs, c0 + 2 * WIDTH);
            s03 = load(cs, c0 + 3 * WIDTH);
            s10 = load(cs, c1);
            s11 = load(cs, c1 + WIDTH);
            s12 = load(cs, c1 + 2 * WIDTH);
            s13 = load(cs, c1 + 3 * WIDTH);
            s20 = load(cs, c2);
            s21 = load(cs, c2 + WIDTH);
            s22 = load(cs, c2 + 2 * WIDTH);
            s23 = load(cs, c2 + 3 * WIDTH);
            s30 = load(cs, c3);
            s31 = load(cs, c3 + WIDTH);
            s32 = load(cs, c3 + 2 * WIDTH);
            s33 = load(cs, c3 + 3 * WIDTH);
        }
        float[] as = a.data();
        int step = a.columnStride();
        int a0 = a.at() + r * a.rowStride();
        int a1 = a0 + a.rowStride();
        int a2 = a1 + a.rowStride();
        int a3 = a2 + a.rowStride();
        float[] bs = b.data();
        int bStride = b.rowStride();
        int bp = b.at() + column;
        for (int p = 0, ap = 0; p < depth; p++, ap += step, bp += bStride) {
            FloatVector b0 = load(bs, bp);
            FloatVector b1 = load(bs, bp + WIDTH);
            FloatVector b2 = load(bs, bp + 2 * WIDTH);
            FloatVector b3 = load(bs, bp + 3 * WIDTH);
            FloatVector x = FloatVector.broadcast(FLOATS, as[a0 + ap]);
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            s02 = x.fma(b2, s02);
            s03 = x.fma(b3, s03);
            x = FloatVector.broadcast(FLOATS, as[a1 + ap]);
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            s12 = x.fma(b2, s12);
            s13 = x.fma(b3, s13);
            x = FloatVector.broadcast(FLOATS, as[a2 + ap]);
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            s22 = x.fma(b2, s22);
            s23 = x.fma(b3, s23);
            x = FloatVector.broadcast(FLOATS, as[a3 + ap]);
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
            s32 = x.fma(b2, s32);
            s33 = x.fma(b3, s33);
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

    private static void fourByTwo(
            Block a, int r, Block b, Block c, int column, int depth, boolean accumulate) {
        float[] cs = c.data();
        int c0 = c.at() + r * c.rowStride() + column;
        int c1 = c0 + c.rowStride();
        int c2 = c1 + c.rowStride();
        int c3 = c2 + c.rowStride();
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero;
        FloatVector s10 = zero, s11 = zero;
        FloatVector s20 = zero, s21 = zero;
        FloatVector s30 = zero, s31 = zero;
        if (accumulate) {
            s00 = load(cs, c0);
            s01 = load(cs, c0 + WIDTH);
            s10 = load(cs, c1);
            s11 = load(cs, c1 + WIDTH);
            s20 = load(cs, c2);
            s21 = load(cs, c2 + WIDTH);
            s30 = load(cs, c3);
            s31 = load(cs, c3 + WIDTH);
        }
        float[] as = a.data();
        int step = a.columnStride();
        int a0 = a.at() + r * a.rowStride();
        int a1 = a0 + a.rowStride();
        int a2 = a1 + a.rowStride();
        int a3 = a2 + a.rowStride();
        float[] bs = b.data();
        int bStride = b.rowStride();
        int bp = b.at() + column;
        for (int p = 0, ap = 0; p < depth; p++, ap += step, bp += bStride) {
            FloatVector b0 = load(bs, bp);
            FloatVector b1 = load(bs, bp + WIDTH);
            FloatVector x = FloatVector.broadcast(FLOATS, as[a0 + ap]);
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            x = FloatVector.broadcast(FLOATS, as[a1 + ap]);
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            x = FloatVector.broadcast(FLOATS, as[a2 + ap]);
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            x = FloatVector.broadcast(FLOATS, as[a3 + ap]);
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
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

    private static void oneByTwo(
            Block a, int r, Block b, Block c, int column, int depth, boolean accumulate) {
        int c0 = c.at() + r * c.rowStride() + column;
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        if (accumulate) {
            s0 = load(c.data(), c0);
            s1 = load(c.data(), c0 + WIDTH);
        }
        int ap = a.at() + r * a.rowStride();
        int bp = b.at() + column;
        for (int p = 0; p < depth; p++, ap += a.columnStride(), bp += b.rowStride()) {
            FloatVector x = FloatVector.broadcast(FLOATS, a.data()[ap]);
            s0 = x.fma(load(b.data(), bp), s0);
            s1 = x.fma(load(b.data(), bp + WIDTH), s1);
        }
        s0.intoArray(c.data(), c0);
        s1.intoArray(c.data(), c0 + WIDTH);
    }

    /** One row × one vector, of which only the lanes inside are read and written. */
    private static void edge(
            Block a,
            int r,
            Block b,
            Block c,
            int column,
            VectorMask<Float> inside,
            int depth,
            boolean accumulate) {
        int c0 = c.at() + r * c.rowStride() + column;
        FloatVector sum =
                accumulate
                        ? FloatVector.fromArray(FLOATS, c.data(), c0, inside)
                        : FloatVector.zero(FLOATS);
        int ap = a.at() + r * a.rowStride();
        int bp = b.at() + column;
        for (int p = 0; p < depth; p++, ap += a.columnStride(), bp += b.rowStride()) {
            FloatVector x = FloatVector.broadcast(FLOATS, a.data()[ap]);
            sum = x.fma(FloatVector.fromArray(FLOATS, b.data(), bp, inside), sum);
        }
        sum.intoArray(c.data(), c0, inside);
    }

    private static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    private BlockProduct() {}
}

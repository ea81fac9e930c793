package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.STRIP;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The two products that all heavy work consists of: scalars of a row-major matrix times a panel.
 *
 * <p>A panel is a row-major matrix of {@link Lanes#PANEL} columns. Symbols: {@code a} the scalars,
 * {@code b} the panel that is read, {@code c} the panel that is written.
 *
 * <pre>
 * byRows     c[r][·] = (c[r][·] +) Σ_p a[r][p] · b[p][·]      a row of {@code a} makes a row of {@code c}
 * byColumns  c[r][·] =  c[r][·] +  Σ_p a[p][r] · b[p][·]      a column of {@code a} makes a row of {@code c}
 * </pre>
 *
 * <p>Implementation: a register tile of 4 rows × 3 vectors. Its 12 sums hide the latency of the
 * fused multiply-add; each vector of {@code b} is loaded once for 4 rows, each scalar of {@code a}
 * once for 3 vectors. Lanes never mix, so nothing is reduced across them. Rows beyond a multiple of
 * 4 are done one by one. Written out by hand, since C2 keeps a tile in registers only if it sees 12
 * local variables; a sum is always the addend of {@code fma}, since that is the one form C2 emits
 * without a move.
 */
public final class PanelProduct {

    /**
     * {@code c[r] = Σ_p a[r][p] · b[p]} for {@code rows} rows, or {@code c[r] += …}.
     *
     * @param aStride distance from a row of {@code a} to the next; its {@code depth} elements are
     *     adjacent
     * @param cStride distance from a row of {@code c} to the next, at least {@link Lanes#PANEL}
     * @param accumulate whether to add to what {@code c} holds
     */
    public static void byRows(
            float[] a,
            int aIndex,
            int aStride,
            int rows,
            int depth,
            float[] b,
            int bIndex,
            float[] c,
            int cIndex,
            int cStride,
            boolean accumulate) {
        for (int strip = 0; strip < PANEL; strip += STRIP) {
            int r = 0;
            for (; r + 4 <= rows; r += 4) {
                fourRows(
                        a,
                        aIndex + r * aStride,
                        aStride,
                        depth,
                        b,
                        bIndex + strip,
                        c,
                        cIndex + r * cStride + strip,
                        cStride,
                        accumulate);
            }
            for (; r < rows; r++) {
                oneLine(
                        a,
                        aIndex + r * aStride,
                        1,
                        depth,
                        b,
                        bIndex + strip,
                        c,
                        cIndex + r * cStride + strip,
                        accumulate);
            }
        }
    }

    /**
     * {@code c[r] += Σ_p a[p][r] · b[p]} for {@code columns} columns r of {@code a}.
     *
     * @param aStride distance from a row of {@code a} to the next; its {@code columns} elements are
     *     adjacent
     */
    public static void byColumns(
            float[] a,
            int aIndex,
            int aStride,
            int columns,
            int depth,
            float[] b,
            int bIndex,
            float[] c,
            int cIndex) {
        for (int strip = 0; strip < PANEL; strip += STRIP) {
            int r = 0;
            for (; r + 4 <= columns; r += 4) {
                fourColumns(
                        a,
                        aIndex + r,
                        aStride,
                        depth,
                        b,
                        bIndex + strip,
                        c,
                        cIndex + r * PANEL + strip);
            }
            for (; r < columns; r++) {
                oneLine(
                        a,
                        aIndex + r,
                        aStride,
                        depth,
                        b,
                        bIndex + strip,
                        c,
                        cIndex + r * PANEL + strip,
                        true);
            }
        }
    }

    private static void fourRows(
            float[] a,
            int aIndex,
            int aStride,
            int depth,
            float[] b,
            int bIndex,
            float[] c,
            int cIndex,
            int cStride,
            boolean accumulate) {
        int c1 = cIndex + cStride;
        int c2 = c1 + cStride;
        int c3 = c2 + cStride;
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero, s02 = zero;
        FloatVector s10 = zero, s11 = zero, s12 = zero;
        FloatVector s20 = zero, s21 = zero, s22 = zero;
        FloatVector s30 = zero, s31 = zero, s32 = zero;
        if (accumulate) {
            s00 = load(c, cIndex);
            s01 = load(c, cIndex + WIDTH);
            s02 = load(c, cIndex + 2 * WIDTH);
            s10 = load(c, c1);
            s11 = load(c, c1 + WIDTH);
            s12 = load(c, c1 + 2 * WIDTH);
            s20 = load(c, c2);
            s21 = load(c, c2 + WIDTH);
            s22 = load(c, c2 + 2 * WIDTH);
            s30 = load(c, c3);
            s31 = load(c, c3 + WIDTH);
            s32 = load(c, c3 + 2 * WIDTH);
        }
        int a1 = aIndex + aStride;
        int a2 = a1 + aStride;
        int a3 = a2 + aStride;
        for (int p = 0, bp = bIndex; p < depth; p++, bp += PANEL) {
            FloatVector b0 = load(b, bp);
            FloatVector b1 = load(b, bp + WIDTH);
            FloatVector b2 = load(b, bp + 2 * WIDTH);
            FloatVector s = FloatVector.broadcast(FLOATS, a[aIndex + p]);
            s00 = s.fma(b0, s00);
            s01 = s.fma(b1, s01);
            s02 = s.fma(b2, s02);
            s = FloatVector.broadcast(FLOATS, a[a1 + p]);
            s10 = s.fma(b0, s10);
            s11 = s.fma(b1, s11);
            s12 = s.fma(b2, s12);
            s = FloatVector.broadcast(FLOATS, a[a2 + p]);
            s20 = s.fma(b0, s20);
            s21 = s.fma(b1, s21);
            s22 = s.fma(b2, s22);
            s = FloatVector.broadcast(FLOATS, a[a3 + p]);
            s30 = s.fma(b0, s30);
            s31 = s.fma(b1, s31);
            s32 = s.fma(b2, s32);
        }
        s00.intoArray(c, cIndex);
        s01.intoArray(c, cIndex + WIDTH);
        s02.intoArray(c, cIndex + 2 * WIDTH);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + WIDTH);
        s12.intoArray(c, c1 + 2 * WIDTH);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + WIDTH);
        s22.intoArray(c, c2 + 2 * WIDTH);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + WIDTH);
        s32.intoArray(c, c3 + 2 * WIDTH);
    }

    private static void fourColumns(
            float[] a,
            int aIndex,
            int aStride,
            int depth,
            float[] b,
            int bIndex,
            float[] c,
            int cIndex) {
        int c1 = cIndex + PANEL;
        int c2 = c1 + PANEL;
        int c3 = c2 + PANEL;
        FloatVector s00 = load(c, cIndex);
        FloatVector s01 = load(c, cIndex + WIDTH);
        FloatVector s02 = load(c, cIndex + 2 * WIDTH);
        FloatVector s10 = load(c, c1);
        FloatVector s11 = load(c, c1 + WIDTH);
        FloatVector s12 = load(c, c1 + 2 * WIDTH);
        FloatVector s20 = load(c, c2);
        FloatVector s21 = load(c, c2 + WIDTH);
        FloatVector s22 = load(c, c2 + 2 * WIDTH);
        FloatVector s30 = load(c, c3);
        FloatVector s31 = load(c, c3 + WIDTH);
        FloatVector s32 = load(c, c3 + 2 * WIDTH);
        for (int p = 0, ap = aIndex, bp = bIndex; p < depth; p++, ap += aStride, bp += PANEL) {
            FloatVector b0 = load(b, bp);
            FloatVector b1 = load(b, bp + WIDTH);
            FloatVector b2 = load(b, bp + 2 * WIDTH);
            FloatVector s = FloatVector.broadcast(FLOATS, a[ap]);
            s00 = s.fma(b0, s00);
            s01 = s.fma(b1, s01);
            s02 = s.fma(b2, s02);
            s = FloatVector.broadcast(FLOATS, a[ap + 1]);
            s10 = s.fma(b0, s10);
            s11 = s.fma(b1, s11);
            s12 = s.fma(b2, s12);
            s = FloatVector.broadcast(FLOATS, a[ap + 2]);
            s20 = s.fma(b0, s20);
            s21 = s.fma(b1, s21);
            s22 = s.fma(b2, s22);
            s = FloatVector.broadcast(FLOATS, a[ap + 3]);
            s30 = s.fma(b0, s30);
            s31 = s.fma(b1, s31);
            s32 = s.fma(b2, s32);
        }
        s00.intoArray(c, cIndex);
        s01.intoArray(c, cIndex + WIDTH);
        s02.intoArray(c, cIndex + 2 * WIDTH);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + WIDTH);
        s12.intoArray(c, c1 + 2 * WIDTH);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + WIDTH);
        s22.intoArray(c, c2 + 2 * WIDTH);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + WIDTH);
        s32.intoArray(c, c3 + 2 * WIDTH);
    }

    /** One row of the tile: {@code c = (c +) Σ_p a[p · aStride] · b[p]}. */
    private static void oneLine(
            float[] a,
            int aIndex,
            int aStride,
            int depth,
            float[] b,
            int bIndex,
            float[] c,
            int cIndex,
            boolean accumulate) {
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        if (accumulate) {
            s0 = load(c, cIndex);
            s1 = load(c, cIndex + WIDTH);
            s2 = load(c, cIndex + 2 * WIDTH);
        }
        for (int p = 0, ap = aIndex, bp = bIndex; p < depth; p++, ap += aStride, bp += PANEL) {
            FloatVector s = FloatVector.broadcast(FLOATS, a[ap]);
            s0 = s.fma(load(b, bp), s0);
            s1 = s.fma(load(b, bp + WIDTH), s1);
            s2 = s.fma(load(b, bp + 2 * WIDTH), s2);
        }
        s0.intoArray(c, cIndex);
        s1.intoArray(c, cIndex + WIDTH);
        s2.intoArray(c, cIndex + 2 * WIDTH);
    }

    private static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    private PanelProduct() {}
}

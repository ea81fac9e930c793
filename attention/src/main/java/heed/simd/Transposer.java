package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Transposes blocks of a float array, and multiplies on the way. For one thread, since it has a
 * buffer.
 *
 * <p>A square of as many rows as a vector has lanes is transposed by exchanging, for s = 1, 2, 4,
 * …, between two rows that are s apart the lanes whose number has bit s in the one and has it not
 * in the other (Eklundh 1972): a permutation and a blend for each row and s. Two such steps are
 * made at a time, on four rows in registers.
 */
public final class Transposer {
    /** Rows that two steps exchange lanes between. */
    private static final int FOUR = 4;

    /** Shorter vectors have too few lanes for two steps. */
    private static final boolean FITS = WIDTH >= FOUR;

    private static final VectorShuffle<Float> BY_1 = neighbours(1);
    private static final VectorShuffle<Float> BY_2 = neighbours(2);
    private static final VectorShuffle<Float> BY_4 = neighbours(4);
    private static final VectorShuffle<Float> BY_8 = neighbours(8);
    private static final VectorMask<Float> HAS_1 = lanesWith(1);
    private static final VectorMask<Float> HAS_2 = lanesWith(2);
    private static final VectorMask<Float> HAS_4 = lanesWith(4);
    private static final VectorMask<Float> HAS_8 = lanesWith(8);
    private static final VectorMask<Float> LACKS_1 = HAS_1.not();
    private static final VectorMask<Float> LACKS_2 = HAS_2.not();
    private static final VectorMask<Float> LACKS_4 = HAS_4.not();
    private static final VectorMask<Float> LACKS_8 = HAS_8.not();

    private final float[] square = new float[WIDTH * WIDTH];

    /**
     * {@code to[c][r] = factors[firstFactor + c] · from[r][c]}.
     *
     * @param from {@code [rows, columns]}, not transposed
     * @param factors one for each column
     * @param to {@code [columns, rows]}, not transposed; overwritten
     */
    public void transpose(
            Block from, int rows, int columns, float[] factors, int firstFactor, Block to) {
        int wholeRows = FITS ? rows / WIDTH * WIDTH : 0;
        int wholeColumns = columns / WIDTH * WIDTH;
        for (int r = 0; r < wholeRows; r += WIDTH) {
            for (int c = 0; c < wholeColumns; c += WIDTH) {
                exchangeNear(
                        from.data(), from.index(r) + c, from.stride(), factors, firstFactor + c);
                exchangeFar(to.data(), to.index(c) + r, to.stride());
            }
        }
        each(from, 0, wholeRows, wholeColumns, columns, factors, firstFactor, to);
        each(from, wholeRows, rows, 0, columns, factors, firstFactor, to);
    }

    /** Element by element: what no square holds. */
    private static void each(
            Block from,
            int row,
            int rowEnd,
            int column,
            int end,
            float[] factors,
            int firstFactor,
            Block to) {
        float[] source = from.data();
        float[] target = to.data();
        for (int r = row; r < rowEnd; r++) {
            int at = from.index(r);
            for (int c = column; c < end; c++) {
                target[to.index(c) + r] = source[at + c] * factors[firstFactor + c];
            }
        }
    }

    /** Steps 1 and 2 of a square, into the buffer. */
    private void exchangeNear(float[] from, int at, int stride, float[] factors, int column) {
        FloatVector factor = FloatVector.fromArray(FLOATS, factors, column);
        for (int r = 0, i = at; r < WIDTH; r += FOUR, i += FOUR * stride) {
            FloatVector a = FloatVector.fromArray(FLOATS, from, i).mul(factor);
            FloatVector b = FloatVector.fromArray(FLOATS, from, i + stride).mul(factor);
            FloatVector c = FloatVector.fromArray(FLOATS, from, i + 2 * stride).mul(factor);
            FloatVector d = FloatVector.fromArray(FLOATS, from, i + 3 * stride).mul(factor);
            FloatVector ab = a.blend(b.rearrange(BY_1), HAS_1);
            FloatVector ba = b.blend(a.rearrange(BY_1), LACKS_1);
            FloatVector cd = c.blend(d.rearrange(BY_1), HAS_1);
            FloatVector dc = d.blend(c.rearrange(BY_1), LACKS_1);
            int to = r * WIDTH;
            ab.blend(cd.rearrange(BY_2), HAS_2).intoArray(square, to);
            ba.blend(dc.rearrange(BY_2), HAS_2).intoArray(square, to + WIDTH);
            cd.blend(ab.rearrange(BY_2), LACKS_2).intoArray(square, to + 2 * WIDTH);
            dc.blend(ba.rearrange(BY_2), LACKS_2).intoArray(square, to + 3 * WIDTH);
        }
    }

    /** The other steps, from the buffer. */
    private void exchangeFar(float[] to, int at, int stride) {
        for (int r = 0, i = at; r < FOUR; r++, i += stride) {
            FloatVector a = FloatVector.fromArray(FLOATS, square, r * WIDTH);
            if (WIDTH == FOUR) {
                a.intoArray(to, i);
                continue;
            }
            FloatVector b = FloatVector.fromArray(FLOATS, square, (r + FOUR) * WIDTH);
            FloatVector ab = a.blend(b.rearrange(BY_4), HAS_4);
            FloatVector ba = b.blend(a.rearrange(BY_4), LACKS_4);
            if (WIDTH == 2 * FOUR) {
                ab.intoArray(to, i);
                ba.intoArray(to, i + FOUR * stride);
                continue;
            }
            FloatVector c = FloatVector.fromArray(FLOATS, square, (r + 2 * FOUR) * WIDTH);
            FloatVector d = FloatVector.fromArray(FLOATS, square, (r + 3 * FOUR) * WIDTH);
            FloatVector cd = c.blend(d.rearrange(BY_4), HAS_4);
            FloatVector dc = d.blend(c.rearrange(BY_4), LACKS_4);
            ab.blend(cd.rearrange(BY_8), HAS_8).intoArray(to, i);
            ba.blend(dc.rearrange(BY_8), HAS_8).intoArray(to, i + FOUR * stride);
            cd.blend(ab.rearrange(BY_8), LACKS_8).intoArray(to, i + 2 * FOUR * stride);
            dc.blend(ba.rearrange(BY_8), LACKS_8).intoArray(to, i + 3 * FOUR * stride);
        }
    }

    /** Each lane gets the one whose number differs in one bit. */
    private static VectorShuffle<Float> neighbours(int bit) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ bit) % WIDTH);
    }

    private static VectorMask<Float> lanesWith(int bit) {
        boolean[] lanes = new boolean[WIDTH];
        for (int lane = 0; lane < WIDTH; lane++) {
            lanes[lane] = (lane & bit) != 0;
        }
        return VectorMask.fromArray(FLOATS, lanes, 0);
    }
}

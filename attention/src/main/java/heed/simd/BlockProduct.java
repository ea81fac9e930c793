package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * The product that all heavy work consists of: {@code c[r][·] (+)= Σ_p a[r][p] · b[p][·]}, for
 * blocks that fit the cache.
 *
 * <p>{@code a} may be transposed, {@code b} and {@code c} are row-major: scalars of a are
 * multiplied with rows of b. Lanes never mix, so nothing is reduced across them.
 *
 * <p>Implementation: a tile of sums stays in registers, 6 rows × 4 vectors where a machine has 32
 * vector registers ({@link WideTile}) and 6 × 2 where it has 16 ({@link NarrowTile}). Each vector
 * of b is loaded once for all rows of a tile, each scalar of a once for a strip of vectors, and
 * there are enough sums to hide the latency of the fused multiply-add. Columns beyond a multiple of
 * 4 vectors are done by the narrow tile too, then a vector at a time, the last under a mask. Rows
 * beyond a multiple of 6 are done by tiles of 4 rows ({@link ShortWideTile}), then one by one.
 * Tiles are written out by hand, since C2 keeps a sum in a register only if it is a local variable;
 * a sum is always the addend of {@code fma}, the one form that C2 emits without a move. A tile has
 * a loop for a with contiguous columns and one for a with contiguous rows: with both strides
 * variable C2 would check every single index. A right side that is read more than once is best
 * packed in strips as wide as a tile ({@link Lanes#STRIP}).
 */
public final class BlockProduct {
    private static final boolean WIDE = Lanes.MANY_REGISTERS;

    /**
     * Fewest rows for tiles of 6 × 4 vectors. With fewer those of 4 × 4 are nearly as fast, and who
     * only looks at a sentence does not wait until more methods are compiled.
     */
    private static final int ROWS_FOR_SIXES = 48;

    private static final Block ZEROS = Block.rows(new float[PANEL], 0, 0);

    /**
     * {@code c = a · b}.
     *
     * @param a {@code [rows, depth]}
     * @param b {@code [depth, width]}
     * @param c {@code [rows, width]}; overwritten
     */
    public static void set(Block a, Block b, Block c, int rows, int depth, int width) {
        for (int i = 0; i < width; i += PANEL) {
            multiply(a, b.from(i), null, c.from(i), rows, depth, Math.min(PANEL, width - i));
        }
    }

    /**
     * {@code c += a · b}.
     *
     * @param a {@code [rows, depth]}
     * @param b {@code [depth, width]}
     * @param c {@code [rows, width]}
     */
    public static void add(Block a, Block b, Block c, int rows, int depth, int width) {
        multiply(a, b, c, c, rows, depth, width);
    }

    /**
     * {@code c = start + a · b}.
     *
     * @param a {@code [rows, depth]}
     * @param b {@code [depth, width]}
     * @param start {@code [rows, width]}; with a stride of 0 one row for all
     * @param c {@code [rows, width]}; overwritten
     */
    public static void setFrom(
            Block a, Block b, Block start, Block c, int rows, int depth, int width) {
        multiply(a, b, start, c, rows, depth, width);
    }

    private static void multiply(
            Block a,
            Block b,
            @Nullable Block startOrNone,
            Block c,
            int rows,
            int depth,
            int width) {
        Block start = startOrNone == null ? ZEROS : startOrNone;
        boolean fresh = startOrNone == null && !a.transposed();
        int sixes = rowsInSixes(rows);
        int column = 0;
        for (; WIDE && column + 4 * WIDTH <= width; column += 4 * WIDTH) {
            int r = 0;
            for (; r < sixes && rows >= ROWS_FOR_SIXES; r += 6) {
                if (fresh) {
                    WideTile.setSixByFour(a, r, b, c, column, depth);
                } else {
                    WideTile.addSixByFour(a, r, b, start, c, column, depth);
                }
            }
            for (; r + 4 <= rows; r += 4) {
                ShortWideTile.fourByFour(a, r, b, start, c, column, depth);
            }
            for (; r < rows; r++) {
                ShortWideTile.oneByFour(a, r, b, start, c, column, depth);
            }
        }
        for (; column + 2 * WIDTH <= width; column += 2 * WIDTH) {
            int r = 0;
            for (; r < sixes; r += 6) {
                NarrowTile.sixByTwo(a, r, b, start, c, column, depth);
            }
            for (; r + 4 <= rows; r += 4) {
                NarrowTile.fourByTwo(a, r, b, start, c, column, depth);
            }
            for (; r < rows; r++) {
                oneByTwo(a, r, b, start, c, column, depth);
            }
        }
        for (; column < width; column += WIDTH) {
            VectorMask<Float> inside = FLOATS.indexInRange(column, width);
            for (int r = 0; r < rows; r++) {
                edge(a, r, b, start, c, column, inside, depth);
            }
        }
    }

    /** Rows for tiles of 6, so that those of 4 leave one row at most: two alone wait on latency. */
    private static int rowsInSixes(int rows) {
        int sixes = rows / 6 * 6;
        int left = rows - sixes;
        return (left == 2 || left == 3) && sixes > 0 ? sixes - 6 : sixes;
    }

    private static void oneByTwo(
            Block a, int r, Block b, Block start, Block c, int column, int depth) {
        int cp = c.index(r) + column;
        int t = start.index(r) + column;
        FloatVector s0 = load(start.data(), t);
        FloatVector s1 = load(start.data(), t + WIDTH);
        int ap = a.index(r);
        int bp = b.at() + column;
        for (int p = 0; p < depth; p++, ap += a.step(), bp += b.stride()) {
            FloatVector x = FloatVector.broadcast(FLOATS, a.data()[ap]);
            s0 = x.fma(load(b.data(), bp), s0);
            s1 = x.fma(load(b.data(), bp + WIDTH), s1);
        }
        s0.intoArray(c.data(), cp);
        s1.intoArray(c.data(), cp + WIDTH);
    }

    /** One row × one vector, of which only the lanes inside are read and written. */
    private static void edge(
            Block a,
            int r,
            Block b,
            Block start,
            Block c,
            int column,
            VectorMask<Float> inside,
            int depth) {
        int t = start.index(r) + column;
        FloatVector sum = FloatVector.fromArray(FLOATS, start.data(), t, inside);
        int ap = a.index(r);
        int bp = b.at() + column;
        for (int p = 0; p < depth; p++, ap += a.step(), bp += b.stride()) {
            FloatVector x = FloatVector.broadcast(FLOATS, a.data()[ap]);
            sum = x.fma(FloatVector.fromArray(FLOATS, b.data(), bp, inside), sum);
        }
        sum.intoArray(c.data(), c.index(r) + column, inside);
    }

    private static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    private BlockProduct() {}
}

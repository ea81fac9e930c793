package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.STRIP;
import static heed.simd.Lanes.WIDTH;

import java.util.Arrays;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * {@code c += aᵀ b}, with {@code a [m, rows]} and {@code b [m, columns]}: the gradient of a linear
 * layer's weight; and on the way {@code Σ_m b}, that of its bias.
 *
 * <p>A task makes a block of rows of one panel of c. It goes through m in steps that leave a packed
 * piece of b in the L2 cache, each in the same order whoever runs it, so that the bits do not
 * depend on the threads.
 */
public final class TransposedProduct implements IntConsumer {
    /** Rows of a and b in a step: a packed piece of b takes 128 KiB. */
    private static final int DEPTH = 512;

    /** Rows of c in a task at most. */
    private static final int ROWS = 128;

    private final float[] a;
    private final int m;
    private final int rows;
    private final float[] b;
    private final int columns;
    private final Block c;
    private final @Nullable Block sums;
    private final int panels;
    private final int height;
    private final float[] packed = new float[DEPTH * PANEL];
    private final float[] sum = new float[PANEL];
    private final float[] edge;

    private TransposedProduct(
            float[] a, int m, int rows, float[] b, int columns, Block c, @Nullable Block sums) {
        this.a = a;
        this.m = m;
        this.rows = rows;
        this.b = b;
        this.columns = columns;
        this.c = c;
        this.sums = sums;
        this.panels = panels(columns);
        this.height = height(rows);
        this.edge = new float[columns % PANEL == 0 ? 0 : ROWS * PANEL];
    }

    /**
     * What adds the product to c, and {@code Σ_m b[m][·]} to sums.
     *
     * @param a {@code [m, rows]}, row-major
     * @param b {@code [m, columns]}, row-major
     * @param c {@code [rows, columns]}, not transposed
     * @param sums {@code [1, columns]}, or none
     */
    public static Tasks tasks(
            float[] a, int m, int rows, float[] b, int columns, Block c, @Nullable Block sums) {
        return new Tasks(
                panels(columns) * ((rows + height(rows) - 1) / height(rows)),
                () -> new TransposedProduct(a, m, rows, b, columns, c, sums));
    }

    /** Rows of c in a task: as many in each. */
    private static int height(int rows) {
        int blocks = Math.max(1, (rows + ROWS - 1) / ROWS);
        int even = (rows + blocks - 1) / blocks;
        return Math.max(1, (even + 3) / 4 * 4);
    }

    private static int panels(int columns) {
        return (columns + PANEL - 1) / PANEL;
    }

    @Override
    public void accept(int task) {
        int column = task % panels * PANEL;
        int width = Math.min(PANEL, columns - column);
        int firstRow = task / panels * height;
        int count = Math.min(height, rows - firstRow);
        Block to = Block.rows(c.data(), c.index(firstRow) + column, c.stride());
        Block product = width == PANEL ? to : Block.panel(edge);
        Arrays.fill(edge, 0);
        Arrays.fill(sum, 0);
        Block addsUpTo = firstRow == 0 ? sums : null;
        for (int first = 0; first < m; first += DEPTH) {
            int depth = Math.min(DEPTH, m - first);
            pack(first, depth, column, width);
            if (addsUpTo != null) {
                addUp(depth);
            }
            Block left = Block.rows(a, first * rows + firstRow, rows).transpose();
            for (int j = 0; j < width; j += STRIP) {
                BlockProduct.add(
                        left,
                        Block.rows(packed, j * DEPTH, STRIP),
                        Block.rows(product.data(), product.at() + j, product.stride()),
                        count,
                        depth,
                        STRIP);
            }
        }
        if (width < PANEL) {
            for (int r = 0; r < count; r++) {
                for (int j = 0; j < width; j++) {
                    to.data()[to.index(r) + j] += edge[r * PANEL + j];
                }
            }
        }
        if (addsUpTo != null) {
            for (int j = 0; j < width; j++) {
                addsUpTo.data()[addsUpTo.at() + column + j] += sum[j];
            }
        }
    }

    /** Packs a piece in strips, each of which has room for {@link #DEPTH} rows. */
    private void pack(int first, int depth, int column, int width) {
        for (int j = 0; j < width; j += STRIP) {
            int copied = Math.min(STRIP, width - j);
            int from = first * columns + column + j;
            int to = j * DEPTH;
            for (int p = 0; p < depth; p++, from += columns, to += STRIP) {
                if (copied < STRIP) {
                    System.arraycopy(b, from, packed, to, copied);
                    continue;
                }
                for (int i = 0; i < STRIP; i += WIDTH) {
                    FloatVector.fromArray(FLOATS, b, from + i).intoArray(packed, to + i);
                }
            }
        }
    }

    /** Adds the rows of the packed piece to the sum. */
    private void addUp(int depth) {
        for (int j = 0; j < PANEL; j += WIDTH) {
            int at = j / STRIP * STRIP * DEPTH + j % STRIP;
            FloatVector total = FloatVector.fromArray(FLOATS, sum, j);
            for (int p = 0; p < depth; p++) {
                total = total.add(FloatVector.fromArray(FLOATS, packed, at + p * STRIP));
            }
            total.intoArray(sum, j);
        }
    }
}

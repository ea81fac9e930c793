package heed.simd;

import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.STRIP;

import java.util.Arrays;

/**
 * A matrix {@code [rows, columns]} stored as strips of {@link Lanes#STRIP} columns, one after the
 * other, ready to be the right side of products: the weight of a linear layer. Columns beyond the
 * last are zeros.
 */
public final class PackedMatrix {
    /** Most rows of the left side in a task: they stay in the cache beside some strips. */
    private static final int MOST_ROWS = 128;

    /** Fewest rows of a task, if there are so many: with fewer a strip is read too often. */
    private static final int FEWEST_ROWS = 48;

    /** Tasks that each thread should find: on average it waits half a task for the last one. */
    private static final int TASKS_PER_THREAD = 8;

    /**
     * Index of the first strip. An array has a header of 16 bytes, and G1 keeps a large one at the
     * start of a region: so strips begin with a cache line, and no vector of theirs lies in two.
     */
    private static final int ORIGIN = 12;

    private final int rows;
    private final int columns;
    private final float[] strips;

    private PackedMatrix(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        this.strips =
                new float[Math.addExact(ORIGIN, Math.multiplyExact(rows, stripCount() * STRIP))];
    }

    /** Packs a row-major {@code [rows, columns]} matrix. */
    public static PackedMatrix pack(int rows, int columns, float[] matrix) {
        if (matrix.length != (long) rows * columns) {
            throw new IllegalArgumentException(
                    "a matrix of %d × %d needs %d elements, the array has %d"
                            .formatted(rows, columns, (long) rows * columns, matrix.length));
        }
        PackedMatrix packed = zeros(rows, columns);
        packed.set(Block.rows(matrix, 0, columns), 1);
        return packed;
    }

    /** A matrix that {@link #set} is to fill. */
    public static PackedMatrix zeros(int rows, int columns) {
        return new PackedMatrix(rows, columns);
    }

    /** Takes the elements of another matrix of {@code [rows, columns]}. */
    public void set(Block matrix, int threads) {
        ThreadTeam.run(threads, stripCount(), () -> strip -> setStrip(matrix, strip * STRIP));
    }

    private void setStrip(Block matrix, int column) {
        int width = Math.min(STRIP, columns - column);
        int to = stripStart(column);
        if (matrix.transposed()) {
            for (int c = 0; c < width; c++) {
                int from = matrix.at() + (column + c) * matrix.stride();
                for (int row = 0; row < rows; row++) {
                    strips[to + row * STRIP + c] = matrix.data()[from + row];
                }
            }
        } else {
            for (int row = 0; row < rows; row++) {
                int from = matrix.at() + row * matrix.stride() + column;
                System.arraycopy(matrix.data(), from, strips, to + row * STRIP, width);
            }
        }
    }

    private int stripStart(int column) {
        return ORIGIN + column * rows;
    }

    private int stripCount() {
        return (columns + STRIP - 1) / STRIP;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** A copy of one row: {@code columns} elements. */
    public float[] row(int row) {
        float[] copy = new float[columns];
        for (int column = 0; column < columns; column += STRIP) {
            System.arraycopy(
                    strips,
                    stripStart(column) + row * STRIP,
                    copy,
                    column,
                    Math.min(STRIP, columns - column));
        }
        return copy;
    }

    /** {@code y = x · this + bias}: see the other. */
    public void multiply(float[] x, int m, float[] bias, float[] y, int threads) {
        multiply(x, 0, m, bias, ElementFunction.NONE, y, threads);
    }

    /**
     * {@code y = function(x · this + bias)} of some rows, on up to {@code threads} threads, whose
     * number does not change a bit.
     *
     * @param x {@code [m, rows]}, row-major
     * @param first row of x and y, which may have more
     * @param m rows from there on
     * @param bias {@code [columns]}
     * @param function applied to each block of y where it was just made
     * @param y {@code [m, columns]}, row-major; overwritten
     */
    public void multiply(
            float[] x,
            int first,
            int m,
            float[] bias,
            ElementFunction function,
            float[] y,
            int threads) {
        run(
                first,
                m,
                threads,
                function,
                y,
                (c, firstRow, count, column, width) -> {
                    Block start =
                            width == STRIP
                                    ? Block.rows(bias, column, 0)
                                    : Block.rows(padded(bias, column), 0, 0);
                    BlockProduct.setFrom(
                            left(x, firstRow), strip(column), start, c, count, rows, STRIP);
                });
    }

    /**
     * {@code y = function(x · this)}, or {@code y = function(y + x · this)}, of some rows.
     *
     * @param accumulate whether the product is added to what y holds
     */
    public void multiply(
            float[] x,
            int first,
            int m,
            boolean accumulate,
            ElementFunction function,
            float[] y,
            int threads) {
        run(
                first,
                m,
                threads,
                function,
                y,
                (c, firstRow, count, column, width) -> {
                    if (!accumulate) {
                        BlockProduct.set(left(x, firstRow), strip(column), c, count, rows, STRIP);
                        return;
                    }
                    if (width < STRIP) {
                        copyRows(
                                Block.rows(y, firstRow * columns + column, columns),
                                c,
                                count,
                                width);
                    }
                    BlockProduct.add(left(x, firstRow), strip(column), c, count, rows, STRIP);
                });
    }

    /** Makes a block of y: {@code count} rows of a strip, of which {@code width} columns count. */
    @FunctionalInterface
    private interface BlockMaker {
        void make(Block c, int firstRow, int count, int column, int width);
    }

    /** A task is a block of rows × a panel of columns. */
    private void run(
            int first, int m, int threads, ElementFunction function, float[] y, BlockMaker maker) {
        int panels = (columns + PANEL - 1) / PANEL;
        int rowsPerTask = rowsPerTask(m, panels, threads);
        int blocks = Math.ceilDiv(m, rowsPerTask);
        ThreadTeam.run(
                threads,
                panels * blocks,
                () -> {
                    Block edge =
                            Block.rows(
                                    new float[columns % STRIP == 0 ? 0 : rowsPerTask * STRIP],
                                    0,
                                    STRIP);
                    return task -> {
                        int row = task / panels * rowsPerTask;
                        int count = Math.min(rowsPerTask, m - row);
                        int column = task % panels * PANEL;
                        int end = Math.min(columns, column + PANEL);
                        makeStrips(first + row, count, column, end, y, edge, maker);
                        for (int r = first + row; r < first + row + count; r++) {
                            function.apply(y, r * columns + column, r * columns + end);
                        }
                    };
                });
    }

    /** How many rows a task has does not change a bit of them, so it may depend on the threads. */
    private static int rowsPerTask(int m, int panels, int threads) {
        int blocks = Math.ceilDiv(TASKS_PER_THREAD * threads, panels);
        return Math.clamp(Math.ceilDiv(m, blocks), FEWEST_ROWS, MOST_ROWS);
    }

    /** A strip that is not whole is made in a buffer, since blocks are as wide as strips. */
    private void makeStrips(
            int firstRow, int count, int from, int end, float[] y, Block edge, BlockMaker maker) {
        for (int column = from; column < end; column += STRIP) {
            int width = Math.min(STRIP, end - column);
            Block to = Block.rows(y, firstRow * columns + column, columns);
            Block c = width == STRIP ? to : edge;
            maker.make(c, firstRow, count, column, width);
            if (width < STRIP) {
                copyRows(c, to, count, width);
            }
        }
    }

    /** The bias of a strip that is not whole. */
    private static float[] padded(float[] bias, int column) {
        return Arrays.copyOf(Arrays.copyOfRange(bias, column, bias.length), STRIP);
    }

    private Block left(float[] x, int firstRow) {
        return Block.rows(x, firstRow * rows, rows);
    }

    private Block strip(int column) {
        return Block.rows(strips, stripStart(column), STRIP);
    }

    private static void copyRows(Block from, Block to, int count, int width) {
        for (int r = 0; r < count; r++) {
            System.arraycopy(from.data(), from.index(r), to.data(), to.index(r), width);
        }
    }
}

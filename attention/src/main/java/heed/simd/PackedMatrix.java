package heed.simd;

import static heed.simd.Lanes.PANEL;

import java.util.Arrays;

/**
 * A matrix {@code [rows, columns]} stored as panels of {@link Lanes#PANEL} columns, ready to be the
 * right side of products: the weight of a linear layer. Columns beyond the last are zeros.
 */
public final class PackedMatrix {
    /** Rows of the left side in a task: few enough to stay in the cache beside a panel. */
    private static final int ROWS_PER_TASK = 128;

    private final int rows;
    private final int columns;
    private final float[] panels;

    private PackedMatrix(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        this.panels = new float[Math.multiplyExact(rows, Lanes.roundUpToPanel(columns))];
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
        ThreadTeam.run(threads, panelCount(), () -> panel -> setPanel(matrix, panel * PANEL));
    }

    private void setPanel(Block matrix, int column) {
        int width = Math.min(PANEL, columns - column);
        int to = column * rows;
        if (matrix.transposed()) {
            for (int c = 0; c < width; c++) {
                int from = matrix.at() + (column + c) * matrix.stride();
                for (int row = 0; row < rows; row++) {
                    panels[to + row * PANEL + c] = matrix.data()[from + row];
                }
            }
        } else {
            for (int row = 0; row < rows; row++) {
                int from = matrix.at() + row * matrix.stride() + column;
                System.arraycopy(matrix.data(), from, panels, to + row * PANEL, width);
            }
        }
    }

    private int panelCount() {
        return (columns + PANEL - 1) / PANEL;
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
        for (int column = 0; column < columns; column += PANEL) {
            System.arraycopy(
                    panels,
                    column * rows + row * PANEL,
                    copy,
                    column,
                    Math.min(PANEL, columns - column));
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
                            width == PANEL
                                    ? Block.rows(bias, column, 0)
                                    : Block.rows(padded(bias, column), 0, 0);
                    BlockProduct.setFrom(
                            left(x, firstRow), panel(column), start, c, count, rows, PANEL);
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
                        BlockProduct.set(left(x, firstRow), panel(column), c, count, rows, PANEL);
                        return;
                    }
                    if (width < PANEL) {
                        copyRows(
                                Block.rows(y, firstRow * columns + column, columns),
                                c,
                                count,
                                width);
                    }
                    BlockProduct.add(left(x, firstRow), panel(column), c, count, rows, PANEL);
                });
    }

    /** Makes a block of y: {@code count} rows of a panel, of which {@code width} columns count. */
    @FunctionalInterface
    private interface BlockMaker {
        void make(Block c, int firstRow, int count, int column, int width);
    }

    /** A panel that is not whole is made in a buffer, since blocks are as wide as panels. */
    private void run(
            int first, int m, int threads, ElementFunction function, float[] y, BlockMaker maker) {
        int panelCount = panelCount();
        int blocks = (m + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
        ThreadTeam.run(
                threads,
                panelCount * blocks,
                () -> {
                    float[] edge = new float[columns % PANEL == 0 ? 0 : ROWS_PER_TASK * PANEL];
                    return task -> {
                        int row = task / panelCount * ROWS_PER_TASK;
                        int count = Math.min(ROWS_PER_TASK, m - row);
                        int firstRow = first + row;
                        int column = task % panelCount * PANEL;
                        int width = Math.min(PANEL, columns - column);
                        Block to = Block.rows(y, firstRow * columns + column, columns);
                        Block c = width == PANEL ? to : Block.panel(edge);
                        maker.make(c, firstRow, count, column, width);
                        if (width < PANEL) {
                            copyRows(c, to, count, width);
                        }
                        for (int r = 0; r < count; r++) {
                            function.apply(y, to.index(r), to.index(r) + width);
                        }
                    };
                });
    }

    /** The bias of a panel that is not whole. */
    private static float[] padded(float[] bias, int column) {
        return Arrays.copyOf(Arrays.copyOfRange(bias, column, bias.length), PANEL);
    }

    private Block left(float[] x, int firstRow) {
        return Block.rows(x, firstRow * rows, rows);
    }

    private Block panel(int column) {
        return Block.rows(panels, column * rows, PANEL);
    }

    private static void copyRows(Block from, Block to, int count, int width) {
        for (int r = 0; r < count; r++) {
            System.arraycopy(from.data(), from.index(r), to.data(), to.index(r), width);
        }
    }
}

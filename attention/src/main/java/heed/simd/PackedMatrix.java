package heed.simd;

import static heed.simd.Lanes.PANEL;

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
        PackedMatrix packed = new PackedMatrix(rows, columns);
        for (int column = 0; column < columns; column += PANEL) {
            int width = Math.min(PANEL, columns - column);
            for (int row = 0; row < rows; row++) {
                System.arraycopy(
                        matrix,
                        row * columns + column,
                        packed.panels,
                        column * rows + row * PANEL,
                        width);
            }
        }
        return packed;
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
        multiply(x, m, bias, ElementFunction.NONE, y, threads);
    }

    /**
     * {@code y = function(x · this + bias)}, on up to {@code threads} threads, whose number does
     * not change a bit.
     *
     * @param x {@code [m, rows]}, row-major
     * @param m rows of x and y
     * @param bias {@code [columns]}
     * @param function applied to each block of y where it was just made
     * @param y {@code [m, columns]}, row-major; overwritten
     */
    public void multiply(
            float[] x, int m, float[] bias, ElementFunction function, float[] y, int threads) {
        int panelCount = (columns + PANEL - 1) / PANEL;
        int blocks = (m + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
        ThreadTeam.run(
                threads,
                panelCount * blocks,
                () -> {
                    float[] edge = new float[columns % PANEL == 0 ? 0 : ROWS_PER_TASK * PANEL];
                    return task -> {
                        int firstRow = task / panelCount * ROWS_PER_TASK;
                        int count = Math.min(ROWS_PER_TASK, m - firstRow);
                        int column = task % panelCount * PANEL;
                        multiplyBlock(x, firstRow, count, column, bias, y, edge);
                        apply(function, y, firstRow, count, column);
                    };
                });
    }

    private void multiplyBlock(
            float[] x, int firstRow, int count, int column, float[] bias, float[] y, float[] edge) {
        int width = Math.min(PANEL, columns - column);
        boolean whole = width == PANEL;
        float[] c = whole ? y : edge;
        int cIndex = whole ? firstRow * columns + column : 0;
        int cStride = whole ? columns : PANEL;
        for (int r = 0; r < count; r++) {
            System.arraycopy(bias, column, c, cIndex + r * cStride, width);
        }
        BlockProduct.add(
                Block.rows(x, firstRow * rows, rows),
                Block.rows(panels, column * rows, PANEL),
                Block.rows(c, cIndex, cStride),
                count,
                rows,
                PANEL);
        if (!whole) {
            for (int r = 0; r < count; r++) {
                System.arraycopy(edge, r * PANEL, y, (firstRow + r) * columns + column, width);
            }
        }
    }

    private void apply(ElementFunction function, float[] y, int firstRow, int count, int column) {
        int width = Math.min(PANEL, columns - column);
        for (int row = firstRow; row < firstRow + count; row++) {
            int at = row * columns + column;
            function.apply(y, at, at + width);
        }
    }
}

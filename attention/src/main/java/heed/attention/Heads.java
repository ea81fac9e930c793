package heed.attention;

import heed.attention.kernel.HeadView;
import java.util.Arrays;

/**
 * A view of a float array as {@code [heads, rows, columns]}. Nothing is copied: element {@code (h,
 * r, c)} is {@code data[offset + h · headStride + r · rowStride + c]}.
 *
 * <p>The same type covers the two layouts that models use: {@link #of} has each head's rows
 * together, {@link #interleaved} has each row's heads together, as a projection {@code [rows, heads
 * · columns]} leaves them. A batch is a leading dimension of the heads.
 *
 * @param data the elements; shared, not copied
 * @param offset index of element (0, 0, 0)
 * @param heads number of heads, at least 1
 * @param rows number of rows, 0 or more: tokens
 * @param columns number of columns, at least 1: the dimension of a head
 * @param headStride distance from a head to the next
 * @param rowStride distance from a row to the next, at least {@code columns}
 */
public record Heads(
        float[] data, int offset, int heads, int rows, int columns, int headStride, int rowStride)
        implements KeyValueHeads {

    public Heads {
        checkView(data.length, offset, heads, rows, columns, headStride, rowStride);
    }

    /** {@code [heads, rows, columns]}, row-major over the whole of {@code data}. */
    public static Heads of(int heads, int rows, int columns, float[] data) {
        checkLength(heads, rows, columns, data.length);
        return new Heads(data, 0, heads, rows, columns, rows * columns, columns);
    }

    /** {@code [rows, heads, columns]}, row-major over the whole of {@code data}. */
    public static Heads interleaved(int rows, int heads, int columns, float[] data) {
        checkLength(heads, rows, columns, data.length);
        return new Heads(data, 0, heads, rows, columns, columns, heads * columns);
    }

    /** Zeros, laid out as by {@link #of}. */
    public static Heads zeros(int heads, int rows, int columns) {
        return of(heads, rows, columns, new float[length(heads, rows, columns)]);
    }

    @Override
    public Heads zerosLike(int columns) {
        return zerosLike(heads, rows, columns, headStride < rowStride);
    }

    /** Zeros, each head's rows together, or interleaved. */
    static Heads zerosLike(int heads, int rows, int columns, boolean interleaved) {
        float[] zeros = new float[length(heads, rows, columns)];
        return interleaved
                ? interleaved(rows, heads, columns, zeros)
                : of(heads, rows, columns, zeros);
    }

    /** Index in {@code data} of the first element of a row. */
    public int index(int head, int row) {
        return offset + head * headStride + row * rowStride;
    }

    @Override
    public float get(int head, int row, int column) {
        return data[index(head, row) + column];
    }

    /** Overwrites every element. */
    void fill(float value) {
        for (int head = 0; head < heads; head++) {
            for (int row = 0; row < rows; row++) {
                int from = index(head, row);
                Arrays.fill(data, from, from + columns, value);
            }
        }
    }

    @Override
    public float[] row(int head, int row) {
        int from = index(head, row);
        return Arrays.copyOfRange(data, from, from + columns);
    }

    @Override
    public Heads rows(int from, int to) {
        checkRows(from, to, rows);
        return new Heads(
                data, offset + from * rowStride, heads, to - from, columns, headStride, rowStride);
    }

    @Override
    public Heads heads(int from, int to) {
        checkHeads(from, to, heads);
        return new Heads(
                data, offset + from * headStride, to - from, rows, columns, headStride, rowStride);
    }

    /**
     * @throws IllegalArgumentException unless an array of this length holds such a view
     */
    static void checkView(
            int length,
            int offset,
            int heads,
            int rows,
            int columns,
            int headStride,
            int rowStride) {
        if (heads < 1 || rows < 0 || columns < 1) {
            throw new IllegalArgumentException(
                    "heads, rows and columns must be at least 1, 0 and 1, not %d, %d and %d"
                            .formatted(heads, rows, columns));
        }
        if (offset < 0 || headStride < 0 || rowStride < columns) {
            throw new IllegalArgumentException(
                    "offset %d and head stride %d must not be negative, row stride %d not less than %d columns"
                            .formatted(offset, headStride, rowStride, columns));
        }
        long end =
                rows == 0
                        ? 0
                        : offset + (heads - 1L) * headStride + (rows - 1L) * rowStride + columns;
        if (end > length) {
            throw new IllegalArgumentException(
                    "[%d, %d, %d] from offset %d needs %d elements, the array has %d"
                            .formatted(heads, rows, columns, offset, end, length));
        }
    }

    static void checkRows(int from, int to, int rows) {
        if (from < 0 || from > to || to > rows) {
            throw new IllegalArgumentException(
                    "rows %d to %d are not within %d rows".formatted(from, to, rows));
        }
    }

    static void checkHeads(int from, int to, int heads) {
        if (from < 0 || from >= to || to > heads) {
            throw new IllegalArgumentException(
                    "heads %d to %d are not within %d heads".formatted(from, to, heads));
        }
    }

    HeadView view() {
        return new HeadView(data, offset, heads, rows, columns, headStride, rowStride);
    }

    /**
     * @throws IllegalArgumentException unless an array has just these dimensions
     */
    static void checkLength(int heads, int rows, int columns, int length) {
        if (length != length(heads, rows, columns)) {
            throw new IllegalArgumentException(
                    "%d heads × %d rows × %d columns are %d elements, the array has %d"
                            .formatted(heads, rows, columns, length(heads, rows, columns), length));
        }
    }

    /**
     * @throws IllegalArgumentException if so many elements do not fit one array
     */
    static int length(int heads, int rows, int columns) {
        long length = (long) heads * rows * columns;
        if (length < 0 || length > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "%d heads × %d rows × %d columns do not fit one array"
                            .formatted(heads, rows, columns));
        }
        return (int) length;
    }

    @Override
    public String toString() {
        return "Heads[%d, %d, %d]".formatted(heads, rows, columns);
    }
}

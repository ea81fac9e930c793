package heed.attention;

import heed.attention.kernel.BFloat16View;
import heed.simd.BFloat16;

/**
 * Keys or values as bfloat16, the upper halves of floats: a view of a short array as {@code [heads,
 * rows, columns]}, laid out as in {@link Heads}.
 *
 * <p>Rounding to it changes a number by at most 2⁻⁸ of its size.
 *
 * @param data the elements' bits; shared, not copied
 * @param offset index of element (0, 0, 0)
 * @param heads number of heads, at least 1
 * @param rows number of rows, 0 or more: tokens
 * @param columns number of columns, at least 1: the dimension of a head
 * @param headStride distance from a head to the next
 * @param rowStride distance from a row to the next, at least {@code columns}
 */
public record BFloat16Heads(
        short[] data, int offset, int heads, int rows, int columns, int headStride, int rowStride)
        implements KeyValueHeads {

    /**
     * @throws IllegalArgumentException if the array is too small, or a dimension or stride too
     */
    public BFloat16Heads {
        Heads.checkView(data.length, offset, heads, rows, columns, headStride, rowStride);
    }

    /** {@code [heads, rows, columns]}, row-major over the whole of {@code data}. */
    public static BFloat16Heads of(int heads, int rows, int columns, short[] data) {
        Heads.checkLength(heads, rows, columns, data.length);
        return new BFloat16Heads(data, 0, heads, rows, columns, rows * columns, columns);
    }

    /**
     * A copy, each element rounded to the nearest bfloat16, of two the even one; NaN and what is
     * infinite stay so.
     */
    public static BFloat16Heads rounded(Heads heads) {
        short[] data = new short[Heads.length(heads.heads(), heads.rows(), heads.columns())];
        int columns = heads.columns();
        for (int head = 0; head < heads.heads(); head++) {
            for (int row = 0; row < heads.rows(); row++) {
                int to = (head * heads.rows() + row) * columns;
                BFloat16.round(heads.data(), heads.index(head, row), data, to, columns);
            }
        }
        return of(heads.heads(), heads.rows(), columns, data);
    }

    /** Index in {@code data} of the first element of a row. */
    public int index(int head, int row) {
        return offset + head * headStride + row * rowStride;
    }

    @Override
    public float get(int head, int row, int column) {
        return BFloat16.widen(data[index(head, row) + column]);
    }

    @Override
    public float[] row(int head, int row) {
        float[] copy = new float[columns];
        BFloat16.widen(data, index(head, row), copy, 0, columns);
        return copy;
    }

    @Override
    public BFloat16Heads rows(int from, int to) {
        Heads.checkRows(from, to, rows);
        return new BFloat16Heads(
                data, offset + from * rowStride, heads, to - from, columns, headStride, rowStride);
    }

    @Override
    public BFloat16Heads heads(int from, int to) {
        Heads.checkHeads(from, to, heads);
        return new BFloat16Heads(
                data, offset + from * headStride, to - from, rows, columns, headStride, rowStride);
    }

    @Override
    public Heads zerosLike(int columns) {
        return Heads.zerosLike(heads, rows, columns, headStride < rowStride);
    }

    BFloat16View view() {
        return new BFloat16View(data, offset, heads, rows, columns, headStride, rowStride);
    }

    @Override
    public String toString() {
        return "BFloat16Heads[%d, %d, %d]".formatted(heads, rows, columns);
    }
}

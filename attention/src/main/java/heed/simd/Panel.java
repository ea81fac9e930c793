package heed.simd;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.STRIP;
import static heed.simd.Lanes.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * A matrix {@code [rows, PANEL]} within a float array, stored as strips of columns, one after the
 * other. Where strips are as wide as a tile of a product ({@link Lanes#STRIP}), tiles read and
 * write it from front to back; with a single strip it is row-major, as a left side has to be.
 *
 * @param data shared, not copied; the panel begins with it
 * @param rows of the matrix, on which depends where a strip begins
 * @param stride floats in a row of a strip: a power of 2, {@link Lanes#STRIP} or {@link
 *     Lanes#PANEL}
 */
public record Panel(float[] data, int rows, int stride) {

    /** A panel in strips as wide as a tile. */
    public static Panel strips(float[] data, int rows) {
        return new Panel(data, rows, STRIP);
    }

    /** A row-major panel. */
    public static Panel rowMajor(float[] data, int rows) {
        return new Panel(data, rows, PANEL);
    }

    /**
     * Index in {@code data} of an element of row 0, and of a vector if the column is a multiple of
     * its width. The next row is {@link #stride} further.
     */
    public int index(int column) {
        int withinStrip = column & (stride - 1);
        return (column - withinStrip) * rows + withinStrip;
    }

    /** The same of any row. */
    public int index(int row, int column) {
        return index(column) + row * stride;
    }

    /** The columns of a tile from a multiple of {@link Lanes#STRIP} on. */
    public Block strip(int column) {
        return Block.rows(data, index(column), stride);
    }

    /**
     * {@code this = a · b}.
     *
     * @param a {@code [rows, b.rows]}
     */
    public void set(Block a, Panel b) {
        set(a, b, 0, PANEL);
    }

    /**
     * The same for some columns.
     *
     * @param column first, a multiple of {@link Lanes#STRIP}
     * @param end behind the last, likewise
     */
    public void set(Block a, Panel b, int column, int end) {
        for (int i = column; i < end; i += STRIP) {
            BlockProduct.set(a, b.strip(i), strip(i), rows, b.rows, STRIP);
        }
    }

    /** {@code this += other}, which has the same rows and strips. */
    public void add(Panel other) {
        for (int i = 0; i < rows * PANEL; i += WIDTH) {
            FloatVector.fromArray(FLOATS, data, i)
                    .add(FloatVector.fromArray(FLOATS, other.data, i))
                    .intoArray(data, i);
        }
    }

    /**
     * {@code this += a · b}.
     *
     * @param a {@code [rows, b.rows]}
     */
    public void add(Block a, Panel b) {
        add(a, b, 0, PANEL);
    }

    /**
     * The same for some columns.
     *
     * @param column first, a multiple of {@link Lanes#STRIP}
     * @param end behind the last, likewise
     */
    public void add(Block a, Panel b, int column, int end) {
        for (int i = column; i < end; i += STRIP) {
            BlockProduct.add(a, b.strip(i), strip(i), rows, b.rows, STRIP);
        }
    }
}

package heed.ring;

import heed.attention.Heads;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Some rows of a matrix {@code [heads, n, columns]}, in a form that travels and is stored fast.
 *
 * @param name what the matrix is: {@code q, k, v, out, lse, dq, dk, dv}
 * @param from position of the first row
 * @param bytes float32, little endian: {@code [heads, rows, columns]}
 */
public record RowBlock(String name, int from, int heads, int rows, int columns, byte[] bytes)
        implements Serializable {

    /** A copy of the values. */
    static RowBlock of(String name, int from, Heads values) {
        int heads = values.heads();
        int rows = values.rows();
        int columns = values.columns();
        byte[] bytes = new byte[Math.multiplyExact(heads * rows * columns, Float.BYTES)];
        ByteBuffer buffer = buffer(bytes);
        for (int head = 0; head < heads; head++) {
            for (int row = 0; row < rows; row++) {
                int at = (head * rows + row) * columns * Float.BYTES;
                buffer.slice(at, columns * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .put(values.data(), values.index(head, row), columns);
            }
        }
        return new RowBlock(name, from, heads, rows, columns, bytes);
    }

    /** A copy of the values, {@code [heads, rows, columns]}. */
    public Heads values() {
        float[] values = new float[heads * rows * columns];
        buffer(bytes).asFloatBuffer().get(values);
        return Heads.of(heads, rows, columns, values);
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}

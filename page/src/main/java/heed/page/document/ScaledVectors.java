package heed.page.document;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/**
 * Vectors in 16 bits a number: each has a scale, the largest size of its numbers, and its numbers
 * are 32,767ths of that.
 *
 * @param columns numbers of a vector
 * @param scales {@code [vectors]} float32, little-endian, in base 64
 * @param numbers {@code [vectors][columns]} int16, likewise
 */
record ScaledVectors(int columns, String scales, String numbers) {

    /**
     * @param numbers {@code [vectors][columns]}, finite
     */
    static ScaledVectors of(float[] numbers, int columns) {
        int vectors = numbers.length / columns;
        float[] scales = new float[vectors];
        byte[] scaled = new byte[Short.BYTES * numbers.length];
        ByteBuffer shorts = ByteBuffer.wrap(scaled).order(ByteOrder.LITTLE_ENDIAN);
        for (int vector = 0; vector < vectors; vector++) {
            for (int c = 0; c < columns; c++) {
                scales[vector] = Math.max(scales[vector], Math.abs(numbers[vector * columns + c]));
            }
            double step = scales[vector] == 0 ? 1 : scales[vector] / (double) Short.MAX_VALUE;
            for (int c = 0; c < columns; c++) {
                shorts.putShort((short) Math.rint(numbers[vector * columns + c] / step));
            }
        }
        return new ScaledVectors(columns, floats(scales), base64(scaled));
    }

    /** Numbers as they are: float32, little-endian, in base 64. */
    static String floats(float[] numbers) {
        byte[] bytes = new byte[Float.BYTES * numbers.length];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(numbers);
        return base64(bytes);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}

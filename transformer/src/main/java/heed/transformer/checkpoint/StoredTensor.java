package heed.transformer.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor as it lies in its file, quantised or not.
 *
 * @param name its name in the checkpoint
 * @param shape its dimensions, the one whose elements are neighbours last
 * @param type how its elements are kept; a row, which is the last dimension, is whole blocks
 * @param data its blocks, row-major: memory of the mapped file, shared, not copied, not to be
 *     written; or floats that were made of what the file holds
 */
public record StoredTensor(String name, List<Integer> shape, ElementType type, MemorySegment data) {
    /** Blocks that are decoded at a time; what is taken from the file for it fits the L1 cache. */
    private static final int CHUNK = 64;

    /**
     * @throws IllegalArgumentException if a row is not whole blocks, or the data are not the bytes
     *     that the shape needs
     */
    public StoredTensor {
        shape = List.copyOf(shape);
        int row = shape.isEmpty() ? 1 : shape.getLast();
        if (row % type.elementsPerBlock() != 0) {
            throw new IllegalArgumentException(
                    "tensor %s of shape %s has rows of %d elements, no multiple of %d, a block of %s"
                            .formatted(name, shape, row, type.elementsPerBlock(), type));
        }
        long bytes = Shapes.elements(shape) / type.elementsPerBlock() * type.bytesPerBlock();
        if (bytes != data.byteSize()) {
            throw new IllegalArgumentException(
                    "tensor %s of shape %s and type %s should have %d bytes, not %d"
                            .formatted(name, shape, type, bytes, data.byteSize()));
        }
    }

    /** How many elements it has. */
    public long elements() {
        return Shapes.elements(shape);
    }

    /** The rows {@code first … first + count − 1} of a matrix, in the same memory. */
    public StoredTensor rows(int first, int count) {
        long bytes = data.byteSize() / shape.getFirst();
        return new StoredTensor(
                name,
                List.of(count, shape.getLast()),
                type,
                data.asSlice(first * bytes, count * bytes));
    }

    /** Rows of a matrix in another order, in memory of their own. */
    public StoredTensor rows(int[] numbers) {
        long bytes = data.byteSize() / shape.getFirst();
        MemorySegment rows = Arena.ofAuto().allocate(numbers.length * bytes, Float.BYTES);
        for (int row = 0; row < numbers.length; row++) {
            MemorySegment.copy(data, numbers[row] * bytes, rows, row * bytes, bytes);
        }
        return new StoredTensor(name, List.of(numbers.length, shape.getLast()), type, rows);
    }

    /**
     * All elements as floats.
     *
     * @throws IllegalStateException if there are more than an array can hold
     */
    public float[] toFloats() {
        if (elements() > Shapes.MAX_ARRAY) {
            throw new IllegalStateException(
                    "tensor %s of shape %s has more elements than an array of %d can hold"
                            .formatted(name, shape, Shapes.MAX_ARRAY));
        }
        float[] floats = new float[(int) elements()];
        dequantize(0, floats, 0, floats.length);
        return floats;
    }

    /**
     * Turns whole blocks into floats. F16 and BF16 become floats exactly; a quantised element is
     * computed in float, each product and sum rounded once.
     *
     * @param firstElement index of the first element, row-major, at which a block begins
     * @param to gets the floats
     * @param at index of the first in {@code to}
     * @param count how many elements, whole blocks
     * @throws IllegalArgumentException if that is not whole blocks of the tensor, or does not fit
     *     into {@code to}
     */
    public void dequantize(long firstElement, float[] to, int at, int count) {
        int block = type.elementsPerBlock();
        if (firstElement < 0
                || count < 0
                || firstElement > elements() - count
                || firstElement % block != 0
                || count % block != 0) {
            throw new IllegalArgumentException(
                    "%d elements from element %d on are not whole blocks of %d of tensor %s, which has %d"
                            .formatted(count, firstElement, block, name, elements()));
        }
        if (at < 0 || at > to.length - count) {
            throw new IllegalArgumentException(
                    "%d elements do not fit into an array of %d from index %d on"
                            .formatted(count, to.length, at));
        }
        if (type == ElementType.F32) {
            MemorySegment floats = MemorySegment.ofArray(to).asSlice((long) at * Float.BYTES);
            long bytes = (long) count * Float.BYTES;
            MemorySegment.copy(data, firstElement * Float.BYTES, floats, 0, bytes);
            return;
        }
        int bytes = type.bytesPerBlock();
        long from = firstElement / block * bytes;
        byte[] chunk = new byte[Math.min(count / block, CHUNK) * bytes];
        for (int left = count / block; left > 0; left -= CHUNK) {
            int blocks = Math.min(left, CHUNK);
            MemorySegment.copy(data, from, MemorySegment.ofArray(chunk), 0, (long) blocks * bytes);
            QuantizedBlocks.decode(type, chunk, blocks, to, at);
            from += (long) blocks * bytes;
            at += blocks * block;
        }
    }
}

package heed.transformer.layer;

import static heed.simd.Lanes.WIDTH;
import static heed.transformer.layer.QuantizedLanes.BLOCK;

import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Makes floats of a stored weight, to the same bits as {@link StoredTensor#dequantize}; the usual
 * types a vector at a time.
 */
final class BlockDecoder {
    private static final int HALF_BLOCK = BLOCK / 2;
    private static final int LOW = 15;

    /** Of a number of Q4_0, which is stored without a sign. */
    private static final int MIDDLE = 8;

    /**
     * Makes floats of whole blocks.
     *
     * @param firstElement index of the first element, row-major
     * @param to gets the floats, from index 0 on
     * @param count how many elements
     */
    static void decode(StoredTensor weight, long firstElement, float[] to, int count) {
        if (!QuantizedLanes.FIT) {
            weight.dequantize(firstElement, to, 0, count);
            return;
        }
        MemorySegment data = weight.data();
        int bytes = weight.type().bytesPerBlock();
        long from = firstElement / BLOCK * bytes;
        switch (weight.type()) {
            case Q4_0 -> q4(data, from, to, count / BLOCK, bytes);
            case Q4_1 -> q4WithMinimum(data, from, to, count / BLOCK, bytes);
            case Q8_0 -> q8(data, from, to, count / BLOCK, bytes);
            default -> weight.dequantize(firstElement, to, 0, count);
        }
    }

    private static void q4(MemorySegment data, long from, float[] to, int blocks, int bytes) {
        for (int b = 0; b < blocks; b++) {
            long at = from + (long) b * bytes;
            float d = QuantizedLanes.half(data, at);
            for (int i = 0; i < HALF_BLOCK; i += WIDTH) {
                IntVector both = QuantizedLanes.unsignedBytes(data, at + 2 + i);
                int low = b * BLOCK + i;
                QuantizedLanes.floats(both.and(LOW).sub(MIDDLE)).mul(d).intoArray(to, low);
                QuantizedLanes.floats(both.lanewise(VectorOperators.LSHR, 4).sub(MIDDLE))
                        .mul(d)
                        .intoArray(to, low + HALF_BLOCK);
            }
        }
    }

    private static void q4WithMinimum(
            MemorySegment data, long from, float[] to, int blocks, int bytes) {
        for (int b = 0; b < blocks; b++) {
            long at = from + (long) b * bytes;
            float d = QuantizedLanes.half(data, at);
            float m = QuantizedLanes.half(data, at + 2);
            for (int i = 0; i < HALF_BLOCK; i += WIDTH) {
                IntVector both = QuantizedLanes.unsignedBytes(data, at + 4 + i);
                int low = b * BLOCK + i;
                FloatVector l = QuantizedLanes.floats(both.and(LOW));
                l.mul(d).add(m).intoArray(to, low);
                FloatVector h = QuantizedLanes.floats(both.lanewise(VectorOperators.LSHR, 4));
                h.mul(d).add(m).intoArray(to, low + HALF_BLOCK);
            }
        }
    }

    private static void q8(MemorySegment data, long from, float[] to, int blocks, int bytes) {
        for (int b = 0; b < blocks; b++) {
            long at = from + (long) b * bytes;
            float d = QuantizedLanes.half(data, at);
            for (int i = 0; i < BLOCK; i += WIDTH) {
                QuantizedLanes.floats(QuantizedLanes.signedBytes(data, at + 2 + i))
                        .mul(d)
                        .intoArray(to, b * BLOCK + i);
            }
        }
    }

    private BlockDecoder() {}
}

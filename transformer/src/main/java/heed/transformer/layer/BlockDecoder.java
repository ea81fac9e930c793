package heed.transformer.layer;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;
import static heed.transformer.layer.QuantizedLanes.BLOCK;

import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
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
        int done =
                switch (weight.type()) {
                    case BF16, F16 -> FLOATS.loopBound(count);
                    case Q4_0, Q4_1, Q8_0 -> QuantizedLanes.FIT ? count : 0;
                    default -> 0;
                };
        MemorySegment data = weight.data();
        int bytes = weight.type().bytesPerBlock();
        int blocks = done / weight.type().elementsPerBlock();
        long from = firstElement / weight.type().elementsPerBlock() * bytes;
        switch (weight.type()) {
            case BF16 -> bfloat16(data, from, to, done);
            case F16 -> binary16(data, from, to, done);
            case Q4_0 -> q4(data, from, to, blocks, bytes);
            case Q4_1 -> q4WithMinimum(data, from, to, blocks, bytes);
            case Q8_0 -> q8(data, from, to, blocks, bytes);
            default -> {}
        }
        weight.dequantize(firstElement + done, to, done, count - done);
    }

    /** The upper halves of floats. */
    private static void bfloat16(MemorySegment data, long from, float[] to, int count) {
        for (int i = 0; i < count; i += WIDTH) {
            QuantizedLanes.unsignedShorts(data, from + (long) i * Short.BYTES)
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(to, i);
        }
    }

    /**
     * With its exponent and fraction 13 bits further left, a binary16 is a float whose exponent's
     * bias is too small by 112; one that is infinite or NaN has all bits of the exponent set.
     */
    private static void binary16(MemorySegment data, long from, float[] to, int count) {
        for (int i = 0; i < count; i += WIDTH) {
            IntVector bits = QuantizedLanes.unsignedShorts(data, from + (long) i * Short.BYTES);
            IntVector magnitude = bits.and(0x7FFF).lanewise(VectorOperators.LSHL, 13);
            IntVector finite = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
            VectorMask<Integer> isOther = magnitude.compare(VectorOperators.GE, 0x7C00 << 13);
            IntVector sign = bits.and(0x8000).lanewise(VectorOperators.LSHL, 16);
            finite.blend(magnitude.or(0x7F800000), isOther)
                    .or(sign)
                    .reinterpretAsFloats()
                    .intoArray(to, i);
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

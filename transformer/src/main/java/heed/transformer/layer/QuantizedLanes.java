package heed.transformer.layer;

import static heed.simd.Lanes.INTS;
import static heed.simd.Lanes.WIDTH;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Reads the numbers of stored weights, straight from the mapped file, a vector at a time. */
final class QuantizedLanes {
    /** Elements of a block of the types Q4_0, Q4_1 and Q8_0. */
    static final int BLOCK = 32;

    /** As many bytes as a vector has floats: there is no such species of four. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * WIDTH)));

    /** Whether a vector has as many bytes as another has floats. */
    static final boolean FIT = BYTES.length() == WIDTH;

    /** As many shorts as a vector has floats. */
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Short.SIZE * WIDTH));

    private static final ValueLayout.OfShort HALF =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfInt INTEGER =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** A binary16. */
    static float half(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(HALF, at));
    }

    /** The bits of a binary16. */
    static int bits(MemorySegment data, long at) {
        return Short.toUnsignedInt(data.get(HALF, at));
    }

    /** Four bytes, the first the lowest. */
    static int integer(MemorySegment data, long at) {
        return data.get(INTEGER, at);
    }

    static IntVector integers(MemorySegment data, long at) {
        return IntVector.fromMemorySegment(INTS, data, at, ByteOrder.LITTLE_ENDIAN);
    }

    static IntVector unsignedBytes(MemorySegment data, long at) {
        return (IntVector) bytes(data, at).convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
    }

    static IntVector signedBytes(MemorySegment data, long at) {
        return (IntVector) bytes(data, at).convertShape(VectorOperators.B2I, INTS, 0);
    }

    static IntVector unsignedShorts(MemorySegment data, long at) {
        return (IntVector)
                ShortVector.fromMemorySegment(SHORTS, data, at, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    }

    static FloatVector floats(IntVector integers) {
        return (FloatVector) integers.convert(VectorOperators.I2F, 0);
    }

    private static ByteVector bytes(MemorySegment data, long at) {
        return ByteVector.fromMemorySegment(BYTES, data, at, ByteOrder.LITTLE_ENDIAN);
    }

    private QuantizedLanes() {}
}

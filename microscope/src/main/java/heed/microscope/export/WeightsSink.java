package heed.microscope.export;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** A file of named arrays that takes their elements as they come, little-endian. */
interface WeightsSink extends Closeable {

    /**
     * An array to come.
     *
     * @param name its name in the file
     */
    record Header(String name, Type type, List<Integer> shape) {
        long elements() {
            return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        }

        long bytes() {
            return Math.multiplyExact(elements(), type.bytes);
        }
    }

    /** What an array's elements are. */
    enum Type {
        FLOAT("<f4", "F32", 4),
        INT("<i4", "I32", 4),
        BYTE("|u1", "U8", 1);

        final String numpy;
        final String safetensors;
        final int bytes;

        Type(String numpy, String safetensors, int bytes) {
            this.numpy = numpy;
            this.safetensors = safetensors;
            this.bytes = bytes;
        }
    }

    /** Begins the next array; all elements of the one before have come. */
    void begin(Header header) throws IOException;

    /** Bytes of the array that was begun. */
    void write(byte[] bytes, int length) throws IOException;
}

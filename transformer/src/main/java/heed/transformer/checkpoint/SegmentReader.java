package heed.transformer.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads little-endian numbers and strings one behind the other, and never past the end. */
final class SegmentReader {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final String source;
    private long position;

    SegmentReader(MemorySegment bytes, String source, long position) {
        this.bytes = bytes;
        this.source = source;
        this.position = position;
    }

    long position() {
        return position;
    }

    long remaining() {
        return bytes.byteSize() - position;
    }

    /**
     * Goes on by some bytes and gives the position before them.
     *
     * @param length unsigned
     * @param what lies there, for the message
     * @throws CheckpointException if the file has not so many
     */
    long skip(long length, String what) throws CheckpointException {
        if (length < 0 || length > remaining()) {
            throw new CheckpointException(
                    "%s is cut off or corrupt: %s takes %s bytes from byte %d on, but there are %d"
                            .formatted(
                                    source,
                                    what,
                                    Long.toUnsignedString(length),
                                    position,
                                    remaining()));
        }
        long at = position;
        position += length;
        return at;
    }

    byte u8(String what) throws CheckpointException {
        return bytes.get(ValueLayout.JAVA_BYTE, skip(Byte.BYTES, what));
    }

    short u16(String what) throws CheckpointException {
        return bytes.get(SHORT, skip(Short.BYTES, what));
    }

    int u32(String what) throws CheckpointException {
        return bytes.get(INT, skip(Integer.BYTES, what));
    }

    long u64(String what) throws CheckpointException {
        return bytes.get(LONG, skip(Long.BYTES, what));
    }

    /** Goes on behind a string, which is its length and its bytes. */
    void skipString(String what) throws CheckpointException {
        skip(u64(what), what);
    }

    /** A string; bytes that are not UTF-8 become U+FFFD. */
    String string(String what) throws CheckpointException {
        long length = u64(what);
        long at = skip(length, what);
        if (length > Shapes.MAX_ARRAY) {
            throw new CheckpointException(
                    "%s: %s is a string of %d bytes".formatted(source, what, length));
        }
        return new String(bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE), UTF_8);
    }
}

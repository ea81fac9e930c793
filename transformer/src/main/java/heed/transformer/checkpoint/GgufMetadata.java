package heed.transformer.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The keys and values of a GGUF file: {@code llama.block_count}, {@code tokenizer.ggml.tokens}. A
 * value stays in the file until it is asked for.
 *
 * <p>Asking for a value as something that it is not is an error that names both; asking for one
 * that is not there gives an empty answer.
 */
public final class GgufMetadata {
    /** Length of a key, its type, and a value of one byte. */
    static final int SMALLEST = Long.BYTES + Integer.BYTES + 1;

    /** The types of values, by their number; the bytes of each, 0 for those that differ. */
    private enum Type {
        UINT8(1),
        INT8(1),
        UINT16(2),
        INT16(2),
        UINT32(4),
        INT32(4),
        FLOAT32(4),
        BOOL(1),
        STRING(0),
        ARRAY(0),
        UINT64(8),
        INT64(8),
        FLOAT64(8);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        boolean integer() {
            return this != STRING && this != ARRAY && this != BOOL && !floating();
        }

        boolean floating() {
            return this == FLOAT32 || this == FLOAT64;
        }
    }

    /** Where a value, or the first of an array, begins. */
    private record Value(Type type, boolean array, long at, long count) {
        @Override
        public String toString() {
            return array ? "an array of %d × %s".formatted(count, type) : "a " + type;
        }
    }

    private final MemorySegment bytes;
    private final String source;
    private final Map<String, Value> values = new HashMap<>();

    private GgufMetadata(MemorySegment bytes, String source) {
        this.bytes = bytes;
        this.source = source;
    }

    /** Goes through all keys and values, so that what is read later is known to be there. */
    static GgufMetadata read(MemorySegment bytes, String source, SegmentReader reader, long count)
            throws CheckpointException {
        GgufMetadata metadata = new GgufMetadata(bytes, source);
        for (long i = 0; i < count; i++) {
            String key = reader.string("metadata key " + i);
            Value value = metadata.value(key, reader);
            if (metadata.values.put(key, value) != null) {
                throw new CheckpointException(
                        "%s has the metadata key %s twice".formatted(source, key));
            }
        }
        return metadata;
    }

    private Value value(String key, SegmentReader reader) throws CheckpointException {
        String what = "the value of " + key;
        Type type = type(reader.u32(what), key);
        boolean array = type == Type.ARRAY;
        long count = 1;
        if (array) {
            type = type(reader.u32(what), key);
            if (type == Type.ARRAY) {
                throw new CheckpointException(
                        "%s: %s is an array of arrays, which cannot be read"
                                .formatted(source, key));
            }
            count = reader.u64(what);
            int smallest = type == Type.STRING ? Long.BYTES : type.bytes;
            if (count < 0 || count > reader.remaining() / smallest) {
                throw new CheckpointException(
                        "%s is cut off or corrupt: %s would have %s × %s in %d bytes"
                                .formatted(
                                        source,
                                        key,
                                        Long.toUnsignedString(count),
                                        type,
                                        reader.remaining()));
            }
        }
        long at = reader.position();
        if (type == Type.STRING) {
            for (long i = 0; i < count; i++) {
                reader.skipString(what);
            }
        } else {
            reader.skip(count * type.bytes, what);
        }
        return new Value(type, array, at, count);
    }

    private Type type(int id, String key) throws CheckpointException {
        if (id < 0 || id >= Type.values().length) {
            throw new CheckpointException(
                    "%s: the value of %s has type %s, which is unknown"
                            .formatted(source, key, Integer.toUnsignedString(id)));
        }
        return Type.values()[id];
    }

    /** All keys, in alphabetical order. */
    public SortedSet<String> keys() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(values.keySet()));
    }

    /**
     * A string.
     *
     * @throws CheckpointException if the value is something else
     */
    public Optional<String> string(String key) throws CheckpointException {
        Value value = scalar(key, "a string");
        if (value == null) {
            return Optional.empty();
        }
        require(value.type == Type.STRING, key, value, "a string");
        return Optional.of(reader(value).string(key));
    }

    /**
     * An integer of any width.
     *
     * @throws CheckpointException if the value is something else, or 2⁶³ or more
     */
    public OptionalLong integer(String key) throws CheckpointException {
        Value value = scalar(key, "an integer");
        if (value == null) {
            return OptionalLong.empty();
        }
        require(value.type.integer(), key, value, "an integer");
        return OptionalLong.of(integer(value.type, key, reader(value)));
    }

    /**
     * A floating-point number of either width.
     *
     * @throws CheckpointException if the value is something else
     */
    public OptionalDouble floating(String key) throws CheckpointException {
        Value value = scalar(key, "a floating-point number");
        if (value == null) {
            return OptionalDouble.empty();
        }
        require(value.type.floating(), key, value, "a floating-point number");
        return OptionalDouble.of(floating(value.type, key, reader(value)));
    }

    /**
     * A truth value.
     *
     * @throws CheckpointException if the value is something else
     */
    public Optional<Boolean> bool(String key) throws CheckpointException {
        Value value = scalar(key, "a BOOL");
        if (value == null) {
            return Optional.empty();
        }
        require(value.type == Type.BOOL, key, value, "a BOOL");
        return Optional.of(bool(key, reader(value)));
    }

    /**
     * An array of strings.
     *
     * @throws CheckpointException if the value is something else
     */
    public Optional<List<String>> strings(String key) throws CheckpointException {
        Value value = array(key, "an array of strings");
        if (value == null) {
            return Optional.empty();
        }
        require(value.type == Type.STRING, key, value, "an array of strings");
        SegmentReader reader = reader(value);
        List<String> strings = new ArrayList<>();
        for (long i = 0; i < value.count; i++) {
            strings.add(reader.string(key));
        }
        return Optional.of(Collections.unmodifiableList(strings));
    }

    /**
     * An array of integers of any width.
     *
     * @throws CheckpointException if the value is something else, or one is 2⁶³ or more
     */
    public Optional<long[]> integers(String key) throws CheckpointException {
        Value value = array(key, "an array of integers");
        if (value == null) {
            return Optional.empty();
        }
        require(value.type.integer(), key, value, "an array of integers");
        long[] integers = new long[(int) value.count];
        SegmentReader reader = reader(value);
        for (int i = 0; i < integers.length; i++) {
            integers[i] = integer(value.type, key, reader);
        }
        return Optional.of(integers);
    }

    /**
     * An array of floating-point numbers of either width.
     *
     * @throws CheckpointException if the value is something else
     */
    public Optional<double[]> floatings(String key) throws CheckpointException {
        Value value = array(key, "an array of floating-point numbers");
        if (value == null) {
            return Optional.empty();
        }
        require(value.type.floating(), key, value, "an array of floating-point numbers");
        double[] floatings = new double[(int) value.count];
        SegmentReader reader = reader(value);
        for (int i = 0; i < floatings.length; i++) {
            floatings[i] = floating(value.type, key, reader);
        }
        return Optional.of(floatings);
    }

    /**
     * An array of truth values.
     *
     * @throws CheckpointException if the value is something else
     */
    public Optional<boolean[]> bools(String key) throws CheckpointException {
        Value value = array(key, "an array of BOOL");
        if (value == null) {
            return Optional.empty();
        }
        require(value.type == Type.BOOL, key, value, "an array of BOOL");
        boolean[] bools = new boolean[(int) value.count];
        SegmentReader reader = reader(value);
        for (int i = 0; i < bools.length; i++) {
            bools[i] = bool(key, reader);
        }
        return Optional.of(bools);
    }

    private @Nullable Value scalar(String key, String wanted) throws CheckpointException {
        Value value = values.get(key);
        if (value != null) {
            require(!value.array, key, value, wanted);
        }
        return value;
    }

    private @Nullable Value array(String key, String wanted) throws CheckpointException {
        Value value = values.get(key);
        if (value != null) {
            require(value.array && value.count <= Shapes.MAX_ARRAY, key, value, wanted);
        }
        return value;
    }

    private void require(boolean is, String key, Value value, String wanted)
            throws CheckpointException {
        if (!is) {
            throw new CheckpointException(
                    "%s: %s should be %s, but is %s".formatted(source, key, wanted, value));
        }
    }

    private SegmentReader reader(Value value) {
        return new SegmentReader(bytes, source, value.at);
    }

    private long integer(Type type, String key, SegmentReader reader) throws CheckpointException {
        return switch (type) {
            case UINT8 -> Byte.toUnsignedLong(reader.u8(key));
            case INT8 -> reader.u8(key);
            case UINT16 -> Short.toUnsignedLong(reader.u16(key));
            case INT16 -> reader.u16(key);
            case UINT32 -> Integer.toUnsignedLong(reader.u32(key));
            case INT32 -> reader.u32(key);
            case INT64 -> reader.u64(key);
            case UINT64 -> {
                long value = reader.u64(key);
                if (value < 0) {
                    throw new CheckpointException(
                            "%s: %s is %s, which is too large"
                                    .formatted(source, key, Long.toUnsignedString(value)));
                }
                yield value;
            }
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY ->
                    throw new IllegalArgumentException(type + " is no integer");
        };
    }

    private static double floating(Type type, String key, SegmentReader reader)
            throws CheckpointException {
        return type == Type.FLOAT32
                ? Float.intBitsToFloat(reader.u32(key))
                : Double.longBitsToDouble(reader.u64(key));
    }

    private boolean bool(String key, SegmentReader reader) throws CheckpointException {
        byte value = reader.u8(key);
        if (value != 0 && value != 1) {
            throw new CheckpointException(
                    "%s: %s is a BOOL of value %d, neither 0 nor 1".formatted(source, key, value));
        }
        return value == 1;
    }
}

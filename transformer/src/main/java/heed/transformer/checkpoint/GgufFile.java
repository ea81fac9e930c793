package heed.transformer.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A model in the GGUF format, versions 2 and 3, little endian: {@linkplain GgufMetadata keys and
 * values}, and weights that may be quantised.
 *
 * <p>The file is {@code "GGUF", version u32, tensors u64, values u64}; the values; of each tensor
 * its name, dimensions, type and offset; and, from the next multiple of {@code general.alignment}
 * on, the data. GGUF counts dimensions from the one whose elements are neighbours; here they are
 * turned around, so that the weight of a linear layer is {@code [out, in]}.
 *
 * <p>The file is mapped; a tensor is copied when its floats are asked for. Types that cannot be
 * decoded may be there; asking for such a tensor is an error.
 */
public final class GgufFile {
    private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    private static final String ALIGNMENT = "general.alignment";
    private static final int DEFAULT_ALIGNMENT = 32;
    private static final int MAX_DIMENSIONS = 4;

    /** Length of a name, the number of dimensions, the type and the offset. */
    private static final int SMALLEST_TENSOR = Long.BYTES + 2 * Integer.BYTES + Long.BYTES;

    /**
     * What the file says of a tensor.
     *
     * @param offset index of its first byte in the data
     * @param size its bytes
     */
    private record Entry(String name, List<Integer> shape, GgufType type, long offset, long size) {}

    private final String source;
    private final GgufMetadata metadata;
    private final Map<String, Weights.TensorReader> tensors = new HashMap<>();

    private GgufFile(String source, GgufMetadata metadata) {
        this.source = source;
        this.metadata = metadata;
    }

    /**
     * Opens a file.
     *
     * @throws CheckpointException if it is no GGUF file, of another version, cut off or corrupt
     * @throws IOException if it cannot be read
     */
    public static GgufFile open(Path file) throws IOException {
        return of(MappedFile.map(file), file.toString());
    }

    /**
     * A file whose bytes are at hand. They are shared, not copied.
     *
     * @param source what to call it in messages
     * @throws CheckpointException if it is no GGUF file, of another version, cut off or corrupt
     */
    public static GgufFile of(MemorySegment bytes, String source) throws CheckpointException {
        SegmentReader reader = new SegmentReader(bytes, source, 0);
        if (reader.remaining() < Integer.BYTES || reader.u32("the magic") != MAGIC) {
            throw new CheckpointException(
                    "%s is not a GGUF file: it does not begin with GGUF".formatted(source));
        }
        int version = reader.u32("the version");
        if (version != 2 && version != 3) {
            throw new CheckpointException(
                    Integer.reverseBytes(version) == 3
                            ? "%s is a big-endian GGUF file: only little-endian ones can be read"
                                    .formatted(source)
                            : "%s is a GGUF file of version %s: only 2 and 3 can be read"
                                    .formatted(source, Integer.toUnsignedString(version)));
        }
        long tensors = count(reader, SMALLEST_TENSOR, "tensors", source, Long.BYTES);
        long values = count(reader, GgufMetadata.SMALLEST, "metadata values", source, 0);
        GgufFile file = new GgufFile(source, GgufMetadata.read(bytes, source, reader, values));
        long alignment = file.alignment();
        List<Entry> entries = new ArrayList<>();
        for (long i = 0; i < tensors; i++) {
            entries.add(file.entry(reader, alignment, i));
        }
        long padding = -reader.position() & (alignment - 1);
        long begin = Math.min(reader.position() + padding, bytes.byteSize());
        file.place(entries, bytes.asSlice(begin));
        return file;
    }

    /** What it is called in messages. */
    public String source() {
        return source;
    }

    /** Its keys and values. */
    public GgufMetadata metadata() {
        return metadata;
    }

    /** Its weights under the names that they have here. */
    public Weights weights() {
        return new Weights(source, tensors);
    }

    /** Its weights under the names that they have at Hugging Face. */
    public Weights weights(TensorNames names) {
        return weights().under(names);
    }

    /** A count of things, which cannot be more than the rest of the file holds. */
    private static long count(
            SegmentReader reader, int smallest, String what, String source, int between)
            throws CheckpointException {
        long count = reader.u64("the number of " + what);
        if (count < 0 || count > Math.max(0, reader.remaining() - between) / smallest) {
            throw new CheckpointException(
                    "%s is cut off or corrupt: it would have %s %s in %d bytes"
                            .formatted(
                                    source,
                                    Long.toUnsignedString(count),
                                    what,
                                    reader.remaining()));
        }
        return count;
    }

    private long alignment() throws CheckpointException {
        OptionalLong alignment = metadata.integer(ALIGNMENT);
        long value = alignment.orElse(DEFAULT_ALIGNMENT);
        if (value < 1 || value > Integer.MAX_VALUE || Long.bitCount(value) != 1) {
            throw new CheckpointException(
                    "%s: %s is %d, not a power of two".formatted(source, ALIGNMENT, value));
        }
        return value;
    }

    private Entry entry(SegmentReader reader, long alignment, long index)
            throws CheckpointException {
        String name = reader.string("the name of tensor " + index);
        String what = "tensor " + name;
        int dimensions = reader.u32(what);
        if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
            throw new CheckpointException(
                    "%s: tensor %s has %s dimensions, more than %d"
                            .formatted(
                                    source,
                                    name,
                                    Integer.toUnsignedString(dimensions),
                                    MAX_DIMENSIONS));
        }
        List<Integer> shape = new ArrayList<>();
        for (int i = 0; i < dimensions; i++) {
            long dimension = reader.u64(what);
            if (dimension < 0 || dimension > Integer.MAX_VALUE) {
                throw new CheckpointException(
                        "%s: tensor %s has an impossible dimension of %s"
                                .formatted(source, name, Long.toUnsignedString(dimension)));
            }
            shape.addFirst((int) dimension);
        }
        int id = reader.u32(what);
        GgufType type =
                GgufType.of(id)
                        .orElseThrow(
                                () ->
                                        new CheckpointException(
                                                "%s: tensor %s has type %s, which is unknown"
                                                        .formatted(
                                                                source,
                                                                name,
                                                                Integer.toUnsignedString(id))));
        long offset = reader.u64(what);
        if (offset < 0 || offset % alignment != 0) {
            throw new CheckpointException(
                    "%s: tensor %s has offset %s, not a multiple of %d"
                            .formatted(source, name, Long.toUnsignedString(offset), alignment));
        }
        return new Entry(name, shape, type, offset, size(name, shape, type));
    }

    private long size(String name, List<Integer> shape, GgufType type) throws CheckpointException {
        int row = shape.isEmpty() ? 1 : shape.getLast();
        if (row % type.elementsPerBlock() != 0) {
            throw new CheckpointException(
                    "%s: tensor %s has rows of %d elements, no multiple of %d, a block of %s"
                            .formatted(source, name, row, type.elementsPerBlock(), type));
        }
        try {
            return Math.multiplyExact(
                    Shapes.elements(shape) / type.elementsPerBlock(), (long) type.bytesPerBlock());
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw new CheckpointException(
                    "%s: tensor %s has impossible dimensions %s".formatted(source, name, shape), e);
        }
    }

    /** Finds the data of every tensor; no two share a byte. */
    private void place(List<Entry> entries, MemorySegment data) throws CheckpointException {
        List<Entry> inOrder =
                entries.stream()
                        .sorted(
                                Comparator.comparingLong(Entry::offset)
                                        .thenComparingLong(Entry::size))
                        .toList();
        long end = 0;
        for (Entry entry : inOrder) {
            if (entry.size > data.byteSize() || entry.offset > data.byteSize() - entry.size) {
                throw new CheckpointException(
                        "%s is cut off or corrupt: tensor %s takes %d bytes from byte %d on of %d bytes of data"
                                .formatted(
                                        source,
                                        entry.name,
                                        entry.size,
                                        entry.offset,
                                        data.byteSize()));
            }
            if (entry.offset < end) {
                throw new CheckpointException(
                        "%s: tensor %s begins at byte %d, but what is before it ends at %d"
                                .formatted(source, entry.name, entry.offset, end));
            }
            end = entry.offset + entry.size;
            Weights.TensorReader reader = reader(entry, data.asSlice(entry.offset, entry.size));
            if (tensors.put(entry.name, reader) != null) {
                throw new CheckpointException(
                        "%s has two tensors of name %s".formatted(source, entry.name));
            }
        }
    }

    private Weights.TensorReader reader(Entry entry, MemorySegment data) {
        ElementType type = entry.type.elementType();
        if (type == null) {
            return () -> {
                throw new CheckpointException(
                        "%s: tensor %s has type %s, which cannot be decoded"
                                .formatted(source, entry.name, entry.type));
            };
        }
        StoredTensor tensor = new StoredTensor(entry.name, entry.shape, type, data);
        return () -> tensor;
    }
}

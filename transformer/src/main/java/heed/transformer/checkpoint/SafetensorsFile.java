package heed.transformer.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.util.ByteBufferBackedInputStream;

/**
 * Weights in the safetensors format, in one file or in several with an index.
 *
 * <p>A file is the length of its header (8 bytes, little endian), the header, which is JSON, and
 * the data: {@code {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}}. The
 * tensors fill the data without gaps. An index is JSON that says in which file each tensor lies:
 * {@code {"weight_map": {"name": "model-00001-of-00002.safetensors", …}}}.
 *
 * <p>Tensors of type F32, F16 and BF16 can be read. Others may be there, as buffers that are no
 * weights; asking for one is an error. The weight of a linear layer is {@code [out, in]}.
 *
 * <p>The file is mapped; a tensor is copied when its floats are asked for.
 */
public final class SafetensorsFile {
    /** The format's own limit, in bytes. */
    private static final long MAX_HEADER = 100_000_000;

    /** An index of a hundred thousand tensors has a tenth of it. */
    private static final long MAX_INDEX = 100_000_000;

    private static final String SUFFIX = ".safetensors";

    private static final ValueLayout.OfLong LENGTH =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String source;
    private final Map<String, Weights.TensorReader> tensors;

    private final Map<String, String> metadata;

    private SafetensorsFile(
            String source,
            Map<String, Weights.TensorReader> tensors,
            Map<String, String> metadata) {
        this.source = source;
        this.tensors = tensors;
        this.metadata = Map.copyOf(metadata);
    }

    /**
     * Opens a file, or all files of an index.
     *
     * @param file a {@code .safetensors} file, or an index, whose name ends in {@code .json}
     * @throws CheckpointException if it is no such file, is cut off or corrupt, or a file that the
     *     index names is missing or lies outside of its folder
     * @throws IOException if it cannot be read
     */
    public static SafetensorsFile open(Path file) throws IOException {
        return file.toString().endsWith(".json")
                ? openIndex(file)
                : of(MappedFile.map(file), file.toString());
    }

    /**
     * A file whose bytes are at hand. They are shared, not copied.
     *
     * @param source what to call it in messages
     * @throws CheckpointException if it is no safetensors file, is cut off or corrupt
     */
    public static SafetensorsFile of(MemorySegment bytes, String source)
            throws CheckpointException {
        long size = bytes.byteSize();
        if (size < Long.BYTES) {
            throw new CheckpointException(
                    "%s is not a safetensors file: it has %d bytes".formatted(source, size));
        }
        long length = bytes.get(LENGTH, 0);
        if (length < 0 || length > Math.min(MAX_HEADER, size - Long.BYTES)) {
            throw new CheckpointException(
                    "%s is not a whole safetensors file: it has %d bytes, and its header would have %s"
                            .formatted(source, size, Long.toUnsignedString(length)));
        }
        SafetensorsHeader.Content header =
                SafetensorsHeader.content(
                        new ByteBufferBackedInputStream(
                                bytes.asSlice(Long.BYTES, length).asByteBuffer()),
                        source);
        MemorySegment data = bytes.asSlice(Long.BYTES + length);
        List<SafetensorsHeader.Entry> entries = header.entries();
        checkOffsets(entries, data.byteSize(), source);
        Map<String, Weights.TensorReader> tensors = new HashMap<>();
        for (SafetensorsHeader.Entry entry : entries) {
            tensors.put(entry.name(), reader(entry, data, source));
        }
        return new SafetensorsFile(source, tensors, header.metadata());
    }

    private static SafetensorsFile openIndex(Path index) throws IOException {
        long size = Files.size(index);
        if (size > MAX_INDEX) {
            throw new CheckpointException(
                    "%s has %d bytes, more than the %d that an index may have"
                            .formatted(index, size, MAX_INDEX));
        }
        Map<String, String> weightMap;
        try (InputStream stream = Files.newInputStream(index)) {
            weightMap = SafetensorsHeader.weightMap(stream, index.toString());
        }
        Map<String, SafetensorsFile> shards = new HashMap<>();
        Map<String, Weights.TensorReader> tensors = new HashMap<>();
        for (Map.Entry<String, String> entry : weightMap.entrySet()) {
            String name = entry.getKey();
            String file = entry.getValue();
            SafetensorsFile shard = shards.get(file);
            if (shard == null) {
                shard = openShard(index, file);
                shards.put(file, shard);
            }
            Weights.TensorReader reader = shard.tensors.get(name);
            if (reader == null) {
                throw new CheckpointException(
                        "%s has no tensor %s, which %s places there"
                                .formatted(shard.source, name, index));
            }
            tensors.put(name, reader);
        }
        return new SafetensorsFile(index.toString(), tensors, Map.of());
    }

    /** A shard is a file beside its index, and so named that it cannot be an index itself. */
    private static SafetensorsFile openShard(Path index, String name) throws IOException {
        boolean plain = name.chars().noneMatch(c -> c < ' ' || "/\\:".indexOf(c) >= 0);
        if (!plain || !name.endsWith(SUFFIX)) {
            throw new CheckpointException(
                    "%s names the file '%s', which is not the plain name of a %s file"
                            .formatted(index, name, SUFFIX));
        }
        Path file = index.resolveSibling(name);
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException("%s is missing, which %s names".formatted(file, index));
        }
        return open(file);
    }

    /** What it is called in messages. */
    public String source() {
        return source;
    }

    /** The strings that a file says of itself; none of an index. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Its weights. */
    public Weights weights() {
        return new Weights(source, tensors);
    }

    /** Checks that the tensors lie behind one another from the beginning of the data to its end. */
    private static void checkOffsets(
            List<SafetensorsHeader.Entry> entries, long size, String source)
            throws CheckpointException {
        List<SafetensorsHeader.Entry> inOrder =
                entries.stream()
                        .sorted(
                                Comparator.comparingLong(SafetensorsHeader.Entry::begin)
                                        .thenComparingLong(SafetensorsHeader.Entry::end))
                        .toList();
        long end = 0;
        for (SafetensorsHeader.Entry entry : inOrder) {
            if (entry.begin() < 0 || entry.end() < entry.begin() || entry.end() > size) {
                throw new CheckpointException(
                        "%s: tensor %s lies at bytes %d to %d of %d bytes of data"
                                .formatted(source, entry.name(), entry.begin(), entry.end(), size));
            }
            if (entry.begin() != end) {
                throw new CheckpointException(
                        "%s: tensor %s lies at bytes %d to %d, but what is before it ends at %d"
                                .formatted(source, entry.name(), entry.begin(), entry.end(), end));
            }
            end = entry.end();
        }
        if (end != size) {
            throw new CheckpointException(
                    "%s: its tensors end at byte %d of %d bytes of data"
                            .formatted(source, end, size));
        }
    }

    private static Weights.TensorReader reader(
            SafetensorsHeader.Entry entry, MemorySegment data, String source)
            throws CheckpointException {
        ElementType type = elementType(entry.dtype());
        if (type == null) {
            return () -> {
                throw new CheckpointException(
                        "%s: tensor %s has dtype %s: only F32, F16 and BF16 can be read"
                                .formatted(source, entry.name(), entry.dtype()));
            };
        }
        MemorySegment bytes = data.asSlice(entry.begin(), entry.end() - entry.begin());
        long elements = Shapes.elements(entry.shape());
        long whole = bytes.byteSize() / type.bytesPerBlock();
        if (bytes.byteSize() % type.bytesPerBlock() != 0 || elements != whole) {
            throw new CheckpointException(
                    "%s: tensor %s of shape %s and dtype %s lies in %d bytes"
                            .formatted(
                                    source, entry.name(), entry.shape(), type, bytes.byteSize()));
        }
        StoredTensor tensor = new StoredTensor(entry.name(), entry.shape(), type, bytes);
        return () -> tensor;
    }

    private static @Nullable ElementType elementType(String dtype) {
        return switch (dtype) {
            case "F32" -> ElementType.F32;
            case "F16" -> ElementType.F16;
            case "BF16" -> ElementType.BF16;
            default -> null;
        };
    }
}

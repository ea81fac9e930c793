package heed.transformer.checkpoint;

import heed.simd.BFloat16;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Writes what {@link SafetensorsFile} reads: a header in JSON, then the bytes of all tensors. */
public final class SafetensorsWriter {
    private static final int ALIGNMENT = 8;
    private static final int CHUNK = 1 << 14;

    /**
     * A tensor that will come.
     *
     * @param dtype what the format calls the type of its elements
     * @param bytes of all its elements
     */
    public record Entry(String name, String dtype, List<Integer> shape, long bytes) {
        public Entry {
            shape = List.copyOf(shape);
        }
    }

    private record Floats(String name, List<Integer> shape, ElementType type, float[] data) {
        Entry entry() {
            return new Entry(name, type.name(), shape, (long) data.length * type.bytesPerBlock());
        }
    }

    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Floats> tensors = new ArrayList<>();

    /** Adds a string to the metadata. */
    public SafetensorsWriter note(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /**
     * Adds a tensor.
     *
     * @param type F32 or BF16, to which its elements are rounded
     * @param data its elements, row-major; read when the file is written
     * @throws IllegalArgumentException if it is of another type or shape
     */
    public SafetensorsWriter put(String name, List<Integer> shape, ElementType type, float[] data) {
        if (type != ElementType.F32 && type != ElementType.BF16) {
            throw new IllegalArgumentException("tensors of %s are not written".formatted(type));
        }
        if (Shapes.elements(shape) != data.length) {
            throw new IllegalArgumentException(
                    "a tensor of shape %s has not %d elements".formatted(shape, data.length));
        }
        tensors.add(new Floats(name, shape, type, data));
        return this;
    }

    /** Adds a tensor in single precision. */
    public SafetensorsWriter put(String name, List<Integer> shape, float[] data) {
        return put(name, shape, ElementType.F32, data);
    }

    /** Writes a file, whole or not at all. */
    public void write(Path file) throws IOException {
        AtomicFile.write(file, this::writeTo);
    }

    /** Writes all of it. */
    public void writeTo(OutputStream stream) throws IOException {
        writeHeader(stream, tensors.stream().map(Floats::entry).toList(), metadata);
        for (Floats tensor : tensors) {
            write(stream, tensor);
        }
    }

    private static void write(OutputStream stream, Floats tensor) throws IOException {
        int bytes = tensor.type().bytesPerBlock();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < tensor.data().length; from += CHUNK) {
            int to = Math.min(tensor.data().length, from + CHUNK);
            chunk.clear();
            for (int i = from; i < to; i++) {
                if (tensor.type() == ElementType.F32) {
                    chunk.putFloat(tensor.data()[i]);
                } else {
                    chunk.putShort(BFloat16.round(tensor.data()[i]));
                }
            }
            stream.write(chunk.array(), 0, chunk.position());
        }
    }

    /**
     * Writes the header alone; the bytes of the tensors are to follow, in order.
     *
     * @param metadata strings for whoever reads the file
     */
    public static void writeHeader(
            OutputStream stream, List<Entry> entries, Map<String, String> metadata)
            throws IOException {
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            header.put("__metadata__", metadata);
        }
        long at = 0;
        for (Entry entry : entries) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("dtype", entry.dtype());
            json.put("shape", entry.shape());
            json.put("data_offsets", List.of(at, at + entry.bytes()));
            header.put(entry.name(), json);
            at += entry.bytes();
        }
        byte[] json = JsonMapper.shared().writeValueAsBytes(header);
        int padding = (ALIGNMENT - json.length % ALIGNMENT) % ALIGNMENT;
        stream.write(
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length + padding)
                        .array());
        stream.write(json);
        stream.write(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
    }
}

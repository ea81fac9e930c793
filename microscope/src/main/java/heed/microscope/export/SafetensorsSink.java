package heed.microscope.export;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** {@code .safetensors}: a header of all arrays in JSON, then their bytes in that order. */
final class SafetensorsSink implements WeightsSink {
    private static final int ALIGNMENT = 8;

    private final OutputStream stream;

    /**
     * @param arrays all that will come, in order
     * @param metadata strings for the header
     */
    SafetensorsSink(OutputStream stream, List<Header> arrays, Map<String, String> metadata)
            throws IOException {
        this.stream = stream;
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("__metadata__", metadata);
        long at = 0;
        for (Header array : arrays) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", array.type().safetensors);
            entry.put("shape", array.shape());
            entry.put("data_offsets", List.of(at, at + array.bytes()));
            header.put(array.name(), entry);
            at += array.bytes();
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

    @Override
    public void begin(Header header) {}

    @Override
    public void write(byte[] bytes, int length) throws IOException {
        stream.write(bytes, 0, length);
    }

    @Override
    public void close() throws IOException {
        stream.flush();
    }
}

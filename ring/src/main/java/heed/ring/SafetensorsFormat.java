package heed.ring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * Headers of safetensors files: the header's length (8 bytes, little endian), and JSON that says
 * dtype, shape and place of every tensor. Spark brings the JSON library.
 */
final class SafetensorsFormat {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** The format's own limit, in bytes. */
    private static final long MOST_BYTES = 100_000_000;

    /** Finds a tensor in a file of the given size. */
    static FileRows.Layout read(FSDataInputStream stream, String name, String tensor, long size)
            throws IOException {
        long length = Long.reverseBytes(stream.readLong());
        if (length < 0 || length > Math.min(MOST_BYTES, size - Long.BYTES)) {
            throw new IOException(
                    "%s is not in a whole safetensors file: it has %d bytes, and its header would have %s"
                            .formatted(name, size, Long.toUnsignedString(length)));
        }
        byte[] header = new byte[(int) length];
        stream.readFully(header);
        JsonNode entry;
        try {
            entry = MAPPER.readTree(header).path(tensor);
        } catch (JsonProcessingException e) {
            throw new IOException(
                    "%s is not in a safetensors file: its header is no JSON".formatted(name), e);
        }
        JsonNode offsets = entry.path("data_offsets");
        if (!entry.path("shape").isArray() || offsets.size() != 2) {
            throw new IOException("%s: there is no such tensor".formatted(name));
        }
        String dtype = entry.path("dtype").asText();
        if (!dtype.equals("F32")) {
            throw new IOException("%s holds %s: only F32 can be read".formatted(name, dtype));
        }
        JsonNode sizes = entry.path("shape");
        long[] shape =
                IntStream.range(0, sizes.size()).mapToLong(i -> sizes.get(i).asLong(-1)).toArray();
        long begin = offsets.get(0).asLong(-1);
        long end = offsets.get(1).asLong(-1);
        long data = Long.BYTES + length;
        if (begin < 0 || end < begin || end > size - data) {
            throw new IOException(
                    "%s lies at bytes %d to %d of %d bytes of data"
                            .formatted(name, begin, end, size - data));
        }
        return new FileRows.Layout(FileRows.shape(shape, name), data + begin, end - begin);
    }

    private SafetensorsFormat() {}
}

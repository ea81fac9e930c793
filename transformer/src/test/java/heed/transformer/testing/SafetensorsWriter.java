package heed.transformer.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Writes tensors of float32 as a safetensors file. */
public final class SafetensorsWriter {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private record Tensor(List<Integer> shape, float[] data) {}

    public void put(String name, List<Integer> shape, float[] data) {
        tensors.put(name, new Tensor(shape, data));
    }

    public void write(Path file) throws IOException {
        Map<String, Object> header = new LinkedHashMap<>();
        long begin = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            long end = begin + (long) tensor.data().length * Float.BYTES;
            List<Long> offsets = List.of(begin, end);
            header.put(
                    entry.getKey(),
                    Map.of("dtype", "F32", "shape", tensor.shape(), "data_offsets", offsets));
            begin = end;
        }
        byte[] json = JsonMapper.shared().writeValueAsString(header).getBytes(UTF_8);
        try (FileChannel out = FileChannel.open(file, CREATE, WRITE, TRUNCATE_EXISTING)) {
            write(out, littleEndian(Long.BYTES).putLong(json.length).flip());
            write(out, ByteBuffer.wrap(json));
            for (Tensor tensor : tensors.values()) {
                ByteBuffer bytes = littleEndian(tensor.data().length * Float.BYTES);
                bytes.asFloatBuffer().put(tensor.data());
                write(out, bytes);
            }
        }
    }

    private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private static ByteBuffer littleEndian(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}

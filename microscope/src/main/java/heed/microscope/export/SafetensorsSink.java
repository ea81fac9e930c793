package heed.microscope.export;

import heed.transformer.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** {@code .safetensors}: a header of all arrays in JSON, then their bytes in that order. */
final class SafetensorsSink implements WeightsSink {
    private final OutputStream stream;

    /**
     * @param arrays all that will come, in order
     * @param metadata strings for the header
     */
    SafetensorsSink(OutputStream stream, List<Header> arrays, Map<String, String> metadata)
            throws IOException {
        this.stream = stream;
        SafetensorsWriter.writeHeader(
                stream, arrays.stream().map(SafetensorsSink::entry).toList(), metadata);
    }

    private static SafetensorsWriter.Entry entry(Header array) {
        return new SafetensorsWriter.Entry(
                array.name(), array.type().safetensors, array.shape(), array.bytes());
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

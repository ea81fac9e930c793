package heed.microscope.export;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** NumPy's {@code .npz}: a zip archive of {@code .npy} files, format version 1.0. */
final class NpzSink implements WeightsSink {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int ALIGNMENT = 64;

    private final ZipOutputStream zip;

    NpzSink(OutputStream stream) {
        zip = new ZipOutputStream(stream);
        zip.setLevel(Deflater.NO_COMPRESSION);
    }

    @Override
    public void begin(Header header) throws IOException {
        zip.putNextEntry(new ZipEntry(header.name() + ".npy"));
        String shape =
                header.shape().stream().map(String::valueOf).collect(Collectors.joining(", "));
        String text =
                "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
                        .formatted(
                                header.type().numpy,
                                header.shape().size() == 1 ? shape + "," : shape);
        int unpadded = MAGIC.length + 2 + text.length() + 1;
        String padded = text + " ".repeat((ALIGNMENT - unpadded % ALIGNMENT) % ALIGNMENT) + "\n";
        zip.write(MAGIC);
        zip.write(padded.length() & 0xff);
        zip.write(padded.length() >>> 8);
        zip.write(padded.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void write(byte[] bytes, int length) throws IOException {
        zip.write(bytes, 0, length);
    }

    @Override
    public void close() throws IOException {
        zip.finish();
        zip.flush();
    }
}

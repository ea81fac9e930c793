package heed.ring;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * Headers of NumPy's files: a magic number, the version, the header's length, and a dictionary that
 * says dtype, order and shape.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">The
 *     format</a>
 */
final class NpyFormat {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern DTYPE = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*True");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d,\\s]*)\\)");
    private static final int MOST_BYTES = 1 << 20;
    private static final int ALIGNMENT = 64;

    /** Reads the header of a file of the given size, version 1 to 3. */
    static FileRows.Layout read(FSDataInputStream stream, String name, long size)
            throws IOException {
        byte[] start = new byte[MAGIC.length + 2];
        stream.readFully(start);
        if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("%s is not a .npy file".formatted(name));
        }
        int version = start[MAGIC.length];
        byte[] length = new byte[version == 1 ? Short.BYTES : Integer.BYTES];
        stream.readFully(length);
        ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int bytes = number.put(length).getInt(0);
        if (bytes < 0 || bytes > MOST_BYTES) {
            throw new IOException(
                    "%s is not a whole .npy file: its header would have %s bytes"
                            .formatted(name, Integer.toUnsignedString(bytes)));
        }
        byte[] header = new byte[bytes];
        stream.readFully(header);
        int[] shape = shape(new String(header, StandardCharsets.UTF_8), name);
        return new FileRows.Layout(shape, stream.getPos(), size - stream.getPos());
    }

    private static int[] shape(String header, String name) throws IOException {
        Matcher dtype = DTYPE.matcher(header);
        Matcher shape = SHAPE.matcher(header);
        if (!dtype.find() || !shape.find()) {
            throw new IOException("%s names no dtype or no shape".formatted(name));
        }
        if (!dtype.group(1).equals("<f4")) {
            throw new IOException(
                    "%s holds '%s': only '<f4', float32, can be read"
                            .formatted(name, dtype.group(1)));
        }
        if (FORTRAN.matcher(header).find()) {
            throw new IOException(
                    "%s is stored column by column: save it with numpy.ascontiguousarray"
                            .formatted(name));
        }
        try {
            long[] sizes =
                    Arrays.stream(shape.group(1).split(","))
                            .map(String::strip)
                            .filter(text -> !text.isEmpty())
                            .mapToLong(Long::parseLong)
                            .toArray();
            return FileRows.shape(sizes, name);
        } catch (NumberFormatException e) {
            throw new IOException(
                    "%s has shape (%s), which is too large".formatted(name, shape.group(1)), e);
        }
    }

    /** A header of version 1.0 for a block; the data begin at a multiple of 64 bytes. */
    static byte[] header(RowBlock block) {
        String text =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d, %d), }"
                        .formatted(block.heads(), block.rows(), block.columns());
        int prefix = MAGIC.length + 2 + Short.BYTES;
        int length = (prefix + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        String padded = text + " ".repeat(length - prefix - text.length() - 1) + "\n";
        return ByteBuffer.allocate(length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) padded.length())
                .put(padded.getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    private NpyFormat() {}
}

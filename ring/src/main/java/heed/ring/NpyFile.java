package heed.ring;

import heed.attention.Heads;
import java.io.DataInput;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A matrix in a file of NumPy's format, version 1 to 3: float32, little endian, {@code [heads,
 * rows, columns]} or {@code [rows, columns]} of one head. It lies wherever Hadoop's file systems
 * reach; rows are read where they are asked for.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">The
 *     format</a>
 */
public final class NpyFile implements RowSource {
    private static final long serialVersionUID = 1L;

    static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern DTYPE = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*True");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");

    private final String name;
    private final URI location;
    private final SerializableConfiguration configuration;
    private final int heads;
    private final int rows;
    private final int columns;
    private final long data;

    private NpyFile(
            String name, FileStatus file, Configuration configuration, int[] shape, long data) {
        this.name = name;
        this.location = file.getPath().toUri();
        this.configuration = new SerializableConfiguration(configuration);
        this.heads = shape[0];
        this.rows = shape[1];
        this.columns = shape[2];
        this.data = data;
    }

    /**
     * Reads the header.
     *
     * @throws IOException if the file cannot be read, is not such a file, or is cut off
     */
    public static NpyFile open(String path, Configuration configuration) throws IOException {
        Path file = new Path(path);
        try (FSDataInputStream stream = file.getFileSystem(configuration).open(file)) {
            String header = header(stream, path);
            int[] shape = shape(header, path);
            long data = stream.getPos();
            FileStatus status = file.getFileSystem(configuration).getFileStatus(file);
            long size = status.getLen();
            long bytes = (long) shape[0] * shape[1] * shape[2] * Float.BYTES;
            if (size - data != bytes) {
                throw new IOException(
                        "%s has %d bytes of data where its shape %s asks for %d"
                                .formatted(path, size - data, Arrays.toString(shape), bytes));
            }
            return new NpyFile(path, status, configuration, shape, data);
        } catch (EOFException e) {
            throw new IOException("%s is not a whole .npy file".formatted(path), e);
        }
    }

    private static String header(DataInput stream, String path) throws IOException {
        byte[] start = new byte[MAGIC.length + 2];
        stream.readFully(start);
        if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("%s is not a .npy file".formatted(path));
        }
        int major = start[MAGIC.length];
        byte[] length = new byte[major == 1 ? Short.BYTES : Integer.BYTES];
        stream.readFully(length);
        ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int bytes = number.put(length).getInt(0);
        if (bytes < 0 || bytes > 1 << 20) {
            throw new IOException(
                    "%s is not a whole .npy file: its header would have %s bytes"
                            .formatted(path, Integer.toUnsignedString(bytes)));
        }
        byte[] header = new byte[bytes];
        stream.readFully(header);
        return new String(header, StandardCharsets.UTF_8);
    }

    private static int[] shape(String header, String path) throws IOException {
        Matcher dtype = DTYPE.matcher(header);
        if (!dtype.find() || !dtype.group(1).equals("<f4")) {
            throw new IOException(
                    "%s holds %s: only '<f4', float32, can be read"
                            .formatted(path, dtype.reset().find() ? dtype.group() : "no dtype"));
        }
        if (FORTRAN.matcher(header).find()) {
            throw new IOException(
                    "%s is stored column by column: save it with numpy.ascontiguousarray"
                            .formatted(path));
        }
        Matcher shape = SHAPE.matcher(header);
        if (!shape.find()) {
            throw new IOException("%s names no shape".formatted(path));
        }
        String[] sizes = shape.group(1).replace(" ", "").split(",");
        if (sizes.length < 2 || sizes.length > 3) {
            throw new IOException(
                    "%s has shape (%s) where [heads, rows, columns] is asked for"
                            .formatted(path, shape.group(1)));
        }
        try {
            int[] numbers = Arrays.stream(sizes).mapToInt(Integer::parseInt).toArray();
            return numbers.length == 3 ? numbers : new int[] {1, numbers[0], numbers[1]};
        } catch (NumberFormatException e) {
            throw new IOException(
                    "%s has shape (%s), which is too large".formatted(path, shape.group(1)), e);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int heads() {
        return heads;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public Heads read(int from, int to) throws IOException {
        int length = (to - from) * columns;
        float[] values = new float[heads * length];
        byte[] bytes = new byte[length * Float.BYTES];
        Path file = new Path(location);
        try (FSDataInputStream stream = file.getFileSystem(configuration.value()).open(file)) {
            for (int head = 0; head < heads; head++) {
                long row = (long) head * rows + from;
                stream.readFully(data + row * columns * Float.BYTES, bytes);
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(values, head * length, length);
            }
        }
        return Heads.of(heads, to - from, columns, values);
    }
}

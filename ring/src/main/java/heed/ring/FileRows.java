package heed.ring;

import heed.attention.Heads;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A matrix in a file: float32, little endian, {@code [heads, rows, columns]} or {@code [rows,
 * columns]} of one head, in NumPy's format or as a tensor of a safetensors file. It lies wherever
 * Hadoop's file systems reach; rows are read where they are asked for.
 */
public final class FileRows implements RowSource {
    private static final long serialVersionUID = 1L;

    private static final String SAFETENSORS = ".safetensors:";

    private final String name;
    private final URI location;
    private final SerializableConfiguration configuration;
    private final int heads;
    private final int rows;
    private final int columns;
    private final long data;

    /**
     * Where in a file the elements of a matrix lie.
     *
     * @param shape {@code [heads, rows, columns]}
     * @param data position of the first byte
     * @param bytes how many follow
     */
    record Layout(int[] shape, long data, long bytes) {}

    private FileRows(String name, URI location, Configuration configuration, Layout layout) {
        this.name = name;
        this.location = location;
        this.configuration = new SerializableConfiguration(configuration);
        this.heads = layout.shape[0];
        this.rows = layout.shape[1];
        this.columns = layout.shape[2];
        this.data = layout.data;
    }

    /**
     * Reads the header of a file.
     *
     * @param name path of a {@code .npy} file, or {@code FILE.safetensors:TENSOR}
     * @throws IOException if the file cannot be read, holds something else, or is cut off
     */
    public static FileRows open(String name, Configuration configuration) throws IOException {
        int end = name.indexOf(SAFETENSORS);
        String tensor = end < 0 ? "" : name.substring(end + SAFETENSORS.length());
        String path = end < 0 ? name : name.substring(0, end + SAFETENSORS.length() - 1);
        Path file = new Path(path);
        FileSystem files = file.getFileSystem(configuration);
        if (!files.exists(file)) {
            throw new IOException("%s is not there".formatted(path));
        }
        FileStatus status = files.getFileStatus(file);
        try (FSDataInputStream stream = files.open(file)) {
            Layout layout =
                    end < 0
                            ? NpyFormat.read(stream, name, status.getLen())
                            : SafetensorsFormat.read(stream, name, tensor, status.getLen());
            check(layout, name);
            return new FileRows(name, status.getPath().toUri(), configuration, layout);
        } catch (EOFException e) {
            throw new IOException("%s is cut off inside its header".formatted(name), e);
        }
    }

    private static void check(Layout layout, String name) throws IOException {
        int[] shape = layout.shape;
        long bytes = (long) shape[0] * shape[1] * shape[2] * Float.BYTES;
        if (shape[0] < 1 || shape[1] < 1 || shape[2] < 1) {
            throw new IOException(
                    "%s is empty: its shape is [%d, %d, %d]"
                            .formatted(name, shape[0], shape[1], shape[2]));
        }
        if (layout.bytes != bytes) {
            throw new IOException(
                    "%s has %d bytes of data where its shape [%d, %d, %d] asks for %d"
                            .formatted(name, layout.bytes, shape[0], shape[1], shape[2], bytes));
        }
    }

    /**
     * {@code [heads, rows, columns]} of what a file says.
     *
     * @throws IOException if it has neither two nor three dimensions, or one that is too large
     */
    static int[] shape(long[] sizes, String name) throws IOException {
        if (sizes.length < 2 || sizes.length > 3) {
            throw new IOException(
                    "%s has %d dimensions where [heads, rows, columns] is asked for"
                            .formatted(name, sizes.length));
        }
        int[] shape = {1, 0, 0};
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] < 0 || sizes[i] > Integer.MAX_VALUE) {
                throw new IOException(
                        "%s has a dimension of %d, which is too large".formatted(name, sizes[i]));
            }
            shape[3 - sizes.length + i] = (int) sizes[i];
        }
        return shape;
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
        int length = Math.multiplyExact(to - from, columns);
        float[] values = new float[Math.multiplyExact(heads, length)];
        byte[] bytes = new byte[Math.multiplyExact(length, Float.BYTES)];
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

package heed.transformer.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An array in NumPy's format: {@code \x93NUMPY}, the version (2 bytes), the length of the header (2
 * bytes, little endian; 4 from version 2 on), the header, and the elements. The header is a Python
 * literal: {@code {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }}.
 *
 * <p>Arrays of float16, float32 and float64, little endian and row-major, can be read.
 *
 * @see <a
 *     href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>
 */
public final class NpyFile {
    private static final byte[] MAGIC = "\u0093NUMPY".getBytes(StandardCharsets.ISO_8859_1);
    private static final int LONGEST_HEADER = 1 << 16;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Pattern TYPE = Pattern.compile("'descr': *'([^']{1,16})'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order': *(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([0-9, ]{0,200})\\)");

    /**
     * Opens a file, which is mapped.
     *
     * @throws CheckpointException if it is no such file, is cut off, or its elements are of another
     *     kind
     * @throws IOException if it cannot be read
     */
    public static StoredTensor open(Path file) throws IOException {
        MemorySegment bytes = MappedFile.map(file);
        SegmentReader reader = new SegmentReader(bytes, file.toString(), 0);
        String header = header(bytes, reader, file);
        MemorySegment data = bytes.asSlice(reader.position());
        String type = group(TYPE, header, file);
        if (group(ORDER, header, file).equals("True")) {
            throw new CheckpointException(
                    "%s is in Fortran's order: save numpy.ascontiguousarray of it".formatted(file));
        }
        List<Integer> shape = new ArrayList<>();
        for (String size : group(SHAPE, header, file).split(",", -1)) {
            if (!size.isBlank()) {
                shape.add(size(size.strip(), file));
            }
        }
        return switch (type) {
            case "<f2" -> tensor(file, shape, ElementType.F16, data, Short.BYTES);
            case "<f4" -> tensor(file, shape, ElementType.F32, data, Float.BYTES);
            case "<f8" -> tensor(file, shape, ElementType.F32, rounded(data), Float.BYTES);
            default ->
                    throw new CheckpointException(
                            "%s holds elements of type %s: save them as float32"
                                    .formatted(file, type));
        };
    }

    private static String header(MemorySegment bytes, SegmentReader reader, Path file)
            throws CheckpointException {
        if (bytes.byteSize() < MAGIC.length
                || bytes.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) >= 0) {
            throw new CheckpointException("%s is no NumPy file (.npy)".formatted(file));
        }
        var _ = reader.skip(MAGIC.length, "its name");
        int version = reader.u8("its version");
        var _ = reader.u8("its minor version");
        long length =
                version == 1
                        ? Short.toUnsignedLong(reader.u16("the header's length"))
                        : Integer.toUnsignedLong(reader.u32("the header's length"));
        if (length > LONGEST_HEADER) {
            throw new CheckpointException("%s is cut off or corrupt".formatted(file));
        }
        long at = reader.skip(length, "the header");
        byte[] header = bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        return new String(header, StandardCharsets.ISO_8859_1);
    }

    private static StoredTensor tensor(
            Path file, List<Integer> shape, ElementType type, MemorySegment data, int bytes)
            throws CheckpointException {
        try {
            return new StoredTensor(file.toString(), shape, type, data);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(
                    "%s is cut off or corrupt: shape %s and %d elements"
                            .formatted(file, shape, data.byteSize() / bytes),
                    e);
        }
    }

    /** Double precision to single. */
    private static MemorySegment rounded(MemorySegment doubles) {
        long count = doubles.byteSize() / Double.BYTES;
        MemorySegment floats = Arena.ofAuto().allocate(count * Float.BYTES, Float.BYTES);
        for (long i = 0; i < count; i++) {
            floats.set(FLOAT, i * Float.BYTES, (float) doubles.get(DOUBLE, i * Double.BYTES));
        }
        return floats;
    }

    private static String group(Pattern pattern, String header, Path file)
            throws CheckpointException {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new CheckpointException(
                    "%s is cut off or corrupt: its header says no more than %s"
                            .formatted(file, header));
        }
        return matcher.group(1);
    }

    private static int size(String digits, Path file) throws CheckpointException {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            throw new CheckpointException("%s has a dimension of %s".formatted(file, digits), e);
        }
    }

    private NpyFile() {}
}

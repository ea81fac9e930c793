package heed.transformer.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Resources of jars as memory. What a jar holds uncompressed lies in its file as it is, behind a
 * header of its own; the directory at the end of the jar says where (PKWARE's APPNOTE.TXT, §4.3).
 */
public final class StoredEntry {
    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int MAX_COMMENT = 0xFFFF;
    private static final int ENTRY = 0x02014b50;
    private static final int ENTRY_BYTES = 46;
    private static final int LOCAL = 0x04034b50;
    private static final int LOCAL_BYTES = 30;
    private static final int AS_IT_IS = 0;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment jar;

    private StoredEntry(MemorySegment jar) {
        this.jar = jar;
    }

    /**
     * Maps a resource, read-only. The mapping ends when nothing refers to it any more.
     *
     * @return nothing if it is not in a jar of this file system, or compressed there
     * @throws IOException if the jar cannot be read
     */
    public static Optional<ByteBuffer> map(URL resource) throws IOException {
        URLConnection connection = resource.openConnection();
        connection.setUseCaches(false);
        if (!(connection instanceof JarURLConnection inJar)
                || !inJar.getJarFileURL().getProtocol().equals("file")) {
            return Optional.empty();
        }
        Path file;
        try {
            URI uri = inJar.getJarFileURL().toURI();
            file = Path.of(uri);
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty();
        }
        return in(file, inJar.getEntryName());
    }

    /** The same of an entry of a jar. */
    static Optional<ByteBuffer> in(Path file, String name) throws IOException {
        MemorySegment jar = MappedFile.map(file);
        if (jar.byteSize() > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        try {
            return new StoredEntry(jar)
                    .find(name.getBytes(StandardCharsets.UTF_8))
                    .map(bytes -> bytes.asByteBuffer());
        } catch (IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    private Optional<MemorySegment> find(byte[] name) {
        long end = jar.byteSize() - END_BYTES;
        long lowest = Math.max(0, end - MAX_COMMENT);
        while (end >= lowest && number(end) != END) {
            end--;
        }
        if (end < lowest) {
            return Optional.empty();
        }
        long at = number(end + 16);
        for (int left = shortNumber(end + 10); left > 0 && number(at) == ENTRY; left--) {
            int length = shortNumber(at + 28);
            if (hasName(at + ENTRY_BYTES, length, name)) {
                return data(at);
            }
            at += ENTRY_BYTES + length + shortNumber(at + 30) + shortNumber(at + 32);
        }
        return Optional.empty();
    }

    /** What an entry of the directory stands for. */
    private Optional<MemorySegment> data(long entry) {
        long size = number(entry + 24);
        long local = number(entry + 42);
        if (shortNumber(entry + 10) != AS_IT_IS
                || number(entry + 20) != size
                || number(local) != LOCAL) {
            return Optional.empty();
        }
        long from = local + LOCAL_BYTES + shortNumber(local + 26) + shortNumber(local + 28);
        return Optional.of(jar.asSlice(from, size));
    }

    private boolean hasName(long at, int length, byte[] name) {
        return length == name.length
                && jar.asSlice(at, length).mismatch(MemorySegment.ofArray(name)) < 0;
    }

    /** A number of four bytes without a sign. */
    private long number(long at) {
        return Integer.toUnsignedLong(jar.get(INT, at));
    }

    private int shortNumber(long at) {
        return Short.toUnsignedInt(jar.get(SHORT, at));
    }
}

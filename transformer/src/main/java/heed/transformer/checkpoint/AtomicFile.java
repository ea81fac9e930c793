package heed.transformer.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are there whole or not at all, whenever the process ends. */
public final class AtomicFile {
    private static final int BUFFER = 1 << 16;
    private static final String SUFFIX = ".partial";

    /** Bytes that are written as they are made. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream stream) throws IOException;
    }

    /**
     * Writes a file beside the given one and, once it has reached the disk, puts it in its place.
     *
     * @throws IOException if that fails: what stood there still stands
     */
    public static void write(Path file, Content content) throws IOException {
        Path partial = file.resolveSibling("." + file.getFileName() + SUFFIX);
        try {
            try (FileChannel channel =
                            FileChannel.open(
                                    partial,
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.TRUNCATE_EXISTING,
                                    StandardOpenOption.WRITE);
                    OutputStream stream =
                            new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER)) {
                content.writeTo(stream);
                stream.flush();
                channel.force(true);
            }
            Files.move(
                    partial,
                    file,
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(partial);
            if (e.getClass() == IOException.class) {
                throw ofFile(file, e);
            }
            throw e;
        }
    }

    /** What the system says of a full disk, for one, does not say of which file. */
    private static IOException ofFile(Path file, Exception e) {
        FileSystemException named = new FileSystemException(file.toString(), null, e.getMessage());
        named.initCause(e);
        return named;
    }

    private AtomicFile() {}
}

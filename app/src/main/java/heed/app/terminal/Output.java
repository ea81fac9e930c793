package heed.app.terminal;

import heed.transformer.checkpoint.AtomicFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes a result to standard output or, whole or not at all, to a file. */
public final class Output {

    /** Text that is written as it is made. */
    @FunctionalInterface
    public interface Text {
        void writeTo(Writer writer) throws IOException;
    }

    /** Bytes that are written as they are made. */
    @FunctionalInterface
    public interface Bytes {
        void writeTo(OutputStream stream) throws IOException;
    }

    /**
     * Writes the text to the file, or to {@code out} if there is none.
     *
     * @throws BadInputException if the file cannot be written: what stood there still stands
     */
    public static void write(String text, @Nullable Path file, PrintWriter out) {
        write(writer -> writer.write(text), file, out);
    }

    /**
     * Writes the text to the file, in UTF-8, or to {@code out} if there is none.
     *
     * @throws BadInputException if the file cannot be written: what stood there still stands
     */
    public static void write(Text text, @Nullable Path file, PrintWriter out) {
        if (file != null) {
            replace(
                    file,
                    stream -> {
                        Writer writer = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
                        text.writeTo(writer);
                        writer.flush();
                    });
            return;
        }
        try {
            text.writeTo(out);
        } catch (IOException e) {
            throw new BadInputException("cannot write standard output: " + Failure.reason(e), e);
        }
        out.flush();
    }

    /**
     * Writes the bytes to the file, or to {@code out} if there is none.
     *
     * @throws BadInputException if they cannot be written: what stood in the file still stands
     */
    public static void writeBytes(Bytes bytes, @Nullable Path file, OutputStream out) {
        if (file != null) {
            replace(file, bytes);
            return;
        }
        try {
            OutputStream buffered = new BufferedOutputStream(out);
            bytes.writeTo(buffered);
            buffered.flush();
        } catch (IOException e) {
            throw new BadInputException("cannot write standard output: " + Failure.reason(e), e);
        }
    }

    private static void replace(Path file, Bytes bytes) {
        checkWritable(file);
        Path absolute = file.toAbsolutePath();
        try {
            if (Files.exists(absolute) && !Files.isRegularFile(absolute)) {
                // A device or a pipe cannot be replaced.
                fill(absolute, bytes);
            } else {
                AtomicFile.write(absolute, bytes::writeTo);
            }
        } catch (IOException e) {
            throw new BadInputException(
                    "cannot write %s: %s".formatted(file, Failure.reason(e)), e);
        }
    }

    private static void fill(Path file, Bytes bytes) throws IOException {
        try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file))) {
            bytes.writeTo(stream);
        }
    }

    /**
     * Checks, before work begins, what can be checked.
     *
     * @throws BadInputException if the file cannot be written
     */
    public static void checkWritable(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) {
            throw new BadInputException("cannot write %s: it is a folder".formatted(file));
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new BadInputException(
                    "cannot write %s: there is no folder %s".formatted(file, folder));
        }
        if (Files.exists(file) ? !Files.isWritable(file) : !Files.isWritable(folder)) {
            throw new BadInputException("cannot write %s: permission denied".formatted(file));
        }
    }

    private Output() {}
}

package heed.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** Writes a result to standard output or, whole or not at all, to a file. */
final class Output {

    /**
     * Writes the text to the file, or to {@code out} if there is none.
     *
     * @throws BadInputException if the file cannot be written: what stood there still stands
     */
    static void write(String text, @Nullable Path file, PrintWriter out) {
        if (file == null) {
            out.print(text);
            out.flush();
            return;
        }
        checkWritable(file);
        Path absolute = file.toAbsolutePath();
        Path folder = absolute.getParent();
        Path partial = null;
        try {
            if (Files.exists(absolute) && !Files.isRegularFile(absolute)) {
                // A device or a pipe cannot be replaced.
                Files.writeString(absolute, text);
                return;
            }
            partial = Files.createTempFile(folder, ".heed-", ".partial");
            Files.write(partial, text.getBytes(StandardCharsets.UTF_8));
            Files.move(
                    partial,
                    absolute,
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            deleteQuietly(partial);
            throw new BadInputException(
                    "cannot write %s: %s".formatted(file, Failure.reason(e)), e);
        }
    }

    /**
     * Checks, before work begins, what can be checked.
     *
     * @throws BadInputException if the file cannot be written
     */
    static void checkWritable(Path file) {
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

    private static void deleteQuietly(@Nullable Path file) {
        if (file != null) {
            file.toFile().delete();
        }
    }

    private Output() {}
}

package heed.app.terminal;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --output}: a file, or else standard output. */
public final class OutputOption {
    @Option(names = "--output", paramLabel = "FILE", description = "Writes to a file.")
    private @Nullable Path file;

    /** Whether a file was named. */
    public boolean isFile() {
        return file != null;
    }

    /**
     * Checks, before work begins, what can be checked.
     *
     * @throws BadInputException if the file cannot be written
     */
    public void check() {
        if (file != null) {
            Output.checkWritable(file);
        }
    }

    /** Writes a text: see {@link Output#write(String, Path, PrintWriter)}. */
    public void write(String text, PrintWriter out) {
        Output.write(text, file, out);
    }

    /** Writes a text as it is made: see {@link Output#write(Output.Text, Path, PrintWriter)}. */
    public void write(Output.Text text, PrintWriter out) {
        Output.write(text, file, out);
    }

    /** Writes bytes as they are made: see {@link Output#writeBytes}. */
    public void writeBytes(Output.Bytes bytes, OutputStream out) {
        Output.writeBytes(bytes, file, out);
    }
}

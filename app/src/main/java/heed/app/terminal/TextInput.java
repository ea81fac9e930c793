package heed.app.terminal;

import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A text: the parameter itself, {@code --file}, or standard input. */
public final class TextInput {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "TEXT",
            description = "The text; - or nothing for standard input.")
    private @Nullable String text;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "Reads the text from a UTF-8 file.")
    private @Nullable Path file;

    private final InputStream standardInput = System.in;

    /**
     * The text, without white space around it.
     *
     * @throws BadInputException if there is none, or it cannot be read
     */
    public String read() {
        return TextSource.read(text, file, standardInput);
    }

    /** Whether a parameter or a file was given, so that standard input is not meant. */
    public boolean isGiven() {
        return text != null || file != null;
    }
}

package heed.app.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a command's text or texts come from: its arguments, a file, or standard input. */
public final class TextSource {
    private static final String STANDARD_INPUT = "-";

    /**
     * The text, without white space around it.
     *
     * @param argument the text itself, {@code -} for standard input, or null: standard input too,
     *     unless that is a terminal
     * @param file the file to read, or null
     * @throws BadInputException if both are given, it cannot be read, or nothing is in it
     */
    public static String read(
            @Nullable String argument, @Nullable Path file, InputStream standardInput) {
        if (argument != null && file != null) {
            throw new BadInputException("give a text or --file, not both");
        }
        if (argument == null && file == null && Terminal.isInput()) {
            throw new BadInputException(
                    "no text: give one in quotes, or --file FILE, or - for standard input");
        }
        String text =
                file == null && argument != null && !argument.equals(STANDARD_INPUT)
                        ? argument
                        : readAll(file, standardInput);
        String stripped = text.strip();
        if (stripped.isEmpty()) {
            throw new BadInputException("the text is empty: give at least one word");
        }
        return stripped;
    }

    /**
     * The texts, unchanged: the arguments, or the lines of a file or of standard input.
     *
     * @param arguments the texts themselves; {@code -} alone or nothing for standard input, unless
     *     that is a terminal
     * @param file the file to read, or null
     * @throws BadInputException if both are given, it cannot be read, or one is blank
     */
    public static List<String> lines(
            List<String> arguments, @Nullable Path file, InputStream standardInput) {
        if (!arguments.isEmpty() && file != null) {
            throw new BadInputException("give texts or --file, not both");
        }
        if (arguments.isEmpty() && file == null && Terminal.isInput()) {
            throw new BadInputException(
                    "no texts: give some in quotes, or --file FILE, or - for standard input");
        }
        boolean given = !arguments.isEmpty() && !arguments.equals(List.of(STANDARD_INPUT));
        List<String> texts = given ? arguments : readAll(file, standardInput).lines().toList();
        if (texts.isEmpty()) {
            throw new BadInputException("there are no texts: give at least one line");
        }
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).isBlank()) {
                throw new BadInputException(
                        "%s %d is blank: give each text at least one word"
                                .formatted(given ? "text" : "line", i + 1));
            }
        }
        return texts;
    }

    private static String readAll(@Nullable Path file, InputStream standardInput) {
        return file != null ? readFile(file) : readAll(standardInput);
    }

    private static String readAll(InputStream standardInput) {
        try {
            return decode(standardInput.readAllBytes());
        } catch (IOException e) {
            throw new BadInputException("cannot read standard input: " + Failure.reason(e), e);
        }
    }

    private static String readFile(Path file) {
        if (Files.isDirectory(file)) {
            throw new BadInputException("cannot read %s: it is a folder".formatted(file));
        }
        try {
            return decode(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new BadInputException("cannot read %s: %s".formatted(file, Failure.reason(e)), e);
        }
    }

    private static String decode(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }

    private TextSource() {}
}

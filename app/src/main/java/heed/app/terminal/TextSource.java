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
     * The text of a file, unchanged.
     *
     * @throws BadInputException if it cannot be read, or nothing is in it
     */
    public static String file(Path file) {
        String text = readFile(file);
        if (text.isEmpty()) {
            throw new BadInputException("%s is empty: give a file with a text".formatted(file));
        }
        return text;
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
            int most = (int) mostBytes();
            byte[] bytes = standardInput.readNBytes(most + 1);
            checkSize("standard input", bytes.length);
            return decode(bytes);
        } catch (IOException e) {
            throw new BadInputException("cannot read standard input: " + Failure.reason(e), e);
        }
    }

    private static String readFile(Path file) {
        if (Files.isDirectory(file)) {
            throw new BadInputException("cannot read %s: it is a folder".formatted(file));
        }
        try {
            checkSize(file.toString(), Files.size(file));
            return decode(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new BadInputException("cannot read %s: %s".formatted(file, Failure.reason(e)), e);
        }
    }

    /** What can be read with room for what is made of it. */
    private static long mostBytes() {
        return Math.min(1L << 30, Runtime.getRuntime().maxMemory() / 8);
    }

    private static void checkSize(String what, long bytes) {
        if (bytes > mostBytes()) {
            throw new BadInputException(
                    "%s has more than the %,d MB that are read at a time: give a part of it, or the JVM a larger heap (-Xmx)"
                            .formatted(what, mostBytes() >> 20));
        }
    }

    private static String decode(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }

    private TextSource() {}
}

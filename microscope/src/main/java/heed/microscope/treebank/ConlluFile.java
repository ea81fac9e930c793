package heed.microscope.treebank;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads CoNLL-U, the format of Universal Dependencies: ten columns a word, a blank line behind each
 * sentence. Syntactic words are the lines with a plain number; a range ({@code 3-4}) gives the
 * surface of its words; an empty node ({@code 8.1}) is left out. The text is that of {@code #
 * text}, or the words joined as {@code SpaceAfter} says.
 */
public final class ConlluFile {
    private static final int COLUMNS = 10;
    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final String TEXT = "# text =";
    private static final String EMPTY_NODE = "\\d+\\.\\d+";

    /** A line with columns. */
    private record Row(int line, String[] columns) {
        String id() {
            return columns[0];
        }

        String form() {
            return columns[1];
        }

        boolean spaceAfter() {
            return !List.of(columns[9].split("\\|", -1)).contains("SpaceAfter=No");
        }
    }

    private final Path file;
    private final List<Sentence> sentences = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();
    private @Nullable String text;

    private ConlluFile(Path file) {
        this.file = file;
    }

    /**
     * The sentences of a file.
     *
     * @throws TreebankException if a line of it is not CoNLL-U, or it has no sentence
     * @throws IOException if it cannot be read
     */
    public static List<Sentence> read(Path file) throws IOException {
        ConlluFile reading = new ConlluFile(file);
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                boolean marked = number++ == 0 && line.startsWith(BYTE_ORDER_MARK);
                reading.take(marked ? line.substring(1) : line, number);
            }
        } catch (CharacterCodingException e) {
            throw new TreebankException("%s is not UTF-8".formatted(file));
        }
        reading.endSentence();
        if (reading.sentences.isEmpty()) {
            throw new TreebankException(
                    "%s has no sentences: give a treebank in CoNLL-U".formatted(file));
        }
        return reading.sentences;
    }

    private void take(String line, int number) throws TreebankException {
        if (line.isBlank()) {
            endSentence();
        } else if (line.startsWith("#")) {
            if (line.startsWith(TEXT)) {
                text = line.substring(TEXT.length()).strip();
            }
        } else {
            String[] columns = line.split("\t", -1);
            if (columns.length != COLUMNS) {
                throw wrong(
                        number,
                        "%d columns parted by tabs, not the %d of CoNLL-U"
                                .formatted(columns.length, COLUMNS));
            }
            if (!columns[0].matches(EMPTY_NODE)) {
                rows.add(new Row(number, columns));
            }
        }
    }

    private TreebankException wrong(int line, String what) {
        return new TreebankException("%s, line %d: %s".formatted(file, line, what));
    }

    private void endSentence() throws TreebankException {
        if (!rows.isEmpty()) {
            sentences.add(sentence());
        }
        rows.clear();
        text = null;
    }

    private Sentence sentence() throws TreebankException {
        String whole = text != null ? text : joined();
        List<Row> syntactic = rows.stream().filter(row -> row.id().matches("\\d+")).toList();
        int[][] spans = new int[syntactic.size()][];
        int at = 0;
        int word = 0;
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            if (row.id().matches("\\d+-\\d+")) {
                int parts = parts(row);
                at = place(whole, at, row);
                share(syntactic, spans, word, parts, at, row);
                at += row.form().length();
                word += parts;
                i += parts;
            } else if (row.id().matches("\\d+")) {
                at = place(whole, at, row);
                if (word < spans.length) {
                    spans[word] = new int[] {at, at + row.form().length()};
                }
                at += row.form().length();
                word++;
            } else {
                throw wrong(row.line(), "'%s' is not the number of a word".formatted(row.id()));
            }
        }
        List<Sentence.Word> words = new ArrayList<>();
        for (int i = 0; i < syntactic.size(); i++) {
            words.add(word(syntactic, i, spans[i]));
        }
        return new Sentence(whole, words);
    }

    private int parts(Row range) throws TreebankException {
        String[] ends = range.id().split("-", -1);
        int from = number(range, ends[0]);
        int parts = number(range, ends[1]) - from + 1;
        int at = rows.indexOf(range);
        for (int part = 0; part < parts; part++) {
            if (at + 1 + part >= rows.size()
                    || !rows.get(at + 1 + part).id().equals(String.valueOf(from + part))) {
                throw wrong(
                        range.line(),
                        "the words %s do not follow on this line".formatted(range.id()));
            }
        }
        if (parts < 1) {
            throw wrong(range.line(), "'%s' is no range of words".formatted(range.id()));
        }
        return parts;
    }

    /** The parts share out the surface in order, and the last takes what is left. */
    private static void share(
            List<Row> syntactic, int[][] spans, int first, int parts, int start, Row range) {
        int end = start + range.form().length();
        int at = start;
        for (int part = 0; part < parts; part++) {
            int length = syntactic.get(first + part).form().length();
            int to = part == parts - 1 ? end : Math.min(end, at + length);
            spans[first + part] = new int[] {at, to};
            at = to;
        }
    }

    private int place(String whole, int from, Row row) throws TreebankException {
        int at = whole.indexOf(row.form(), from);
        if (at < 0 || !isSpace(whole.substring(from, at))) {
            throw wrong(
                    row.line(),
                    "'%s' does not come next in the text of the sentence".formatted(row.form()));
        }
        return at;
    }

    /** White space, or what takes no space or cannot be broken. */
    private static boolean isSpace(String between) {
        return between.codePoints()
                .allMatch(
                        c ->
                                Character.isWhitespace(c)
                                        || Character.isSpaceChar(c)
                                        || Character.getType(c) == Character.FORMAT);
    }

    private String joined() {
        StringBuilder joined = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            boolean range = row.id().contains("-");
            if (range || row.id().matches("\\d+")) {
                joined.append(row.form()).append(row.spaceAfter() ? " " : "");
            }
            if (range) {
                String[] ends = row.id().split("-", -1);
                while (i + 1 < rows.size() && isWithin(rows.get(i + 1).id(), ends)) {
                    i++;
                }
            }
        }
        return joined.toString().strip();
    }

    private static boolean isWithin(String id, String[] ends) {
        return id.matches("\\d{1,9}")
                && ends[0].matches("\\d{1,9}")
                && ends[1].matches("\\d{1,9}")
                && Integer.parseInt(id) >= Integer.parseInt(ends[0])
                && Integer.parseInt(id) <= Integer.parseInt(ends[1]);
    }

    private Sentence.Word word(List<Row> syntactic, int index, int[] span)
            throws TreebankException {
        Row row = syntactic.get(index);
        if (!row.id().equals(String.valueOf(index + 1))) {
            throw wrong(row.line(), "word %s where word %d is due".formatted(row.id(), index + 1));
        }
        String head = row.columns()[6];
        String relation = row.columns()[7];
        if (head.equals("_") || relation.equals("_") || relation.isBlank()) {
            throw wrong(row.line(), "there is no head and no relation (columns 7 and 8)");
        }
        int number = number(row, head);
        if (number > syntactic.size()) {
            throw wrong(
                    row.line(),
                    "head %d, and the sentence has %d words".formatted(number, syntactic.size()));
        }
        int colon = relation.indexOf(':');
        return new Sentence.Word(
                row.form(),
                span[0],
                span[1],
                number - 1,
                colon < 0 ? relation : relation.substring(0, colon));
    }

    private int number(Row row, String text) throws TreebankException {
        if (!text.matches("\\d{1,6}")) {
            throw wrong(row.line(), "'%s' is not the number of a word".formatted(text));
        }
        return Integer.parseInt(text);
    }
}

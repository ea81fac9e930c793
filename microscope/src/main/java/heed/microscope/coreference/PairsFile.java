package heed.microscope.coreference;

import heed.microscope.WordAlignment.Span;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads cases, one JSON object a line:
 *
 * <pre>{"text": "The boy thanked the girl because she was late.", "refers": "she",
 *  "candidates": ["boy", "girl"], "right": "girl", "pair": "7"}</pre>
 *
 * <p>A span is words of the text that stand there once, or {@code WORDS:K} for their K-th
 * occurrence, or {@code [start, end]}: its first code point and the one behind its last. {@code
 * right} is one of the candidates, as it is written there, or its number, 0 or 1. Cases with the
 * same {@code pair} belong together; without one a case stands alone. A candidate is looked at with
 * the sum of its words.
 */
public final class PairsFile {
    private static final Pattern OCCURRENCE = Pattern.compile("(.+):(\\d{1,6})");

    private final Path file;
    private final int line;

    private PairsFile(Path file, int line) {
        this.file = file;
        this.line = line;
    }

    /**
     * The cases of a file.
     *
     * @throws PairsException if a line is no case, or there is none
     * @throws IOException if it cannot be read
     */
    public static List<ReferenceCase> read(Path file) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new PairsException("%s is not UTF-8".formatted(file), e);
        }
        List<ReferenceCase> cases = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                cases.add(new PairsFile(file, i + 1).parse(lines.get(i)));
            }
        }
        if (cases.isEmpty()) {
            throw new PairsException("%s has no cases: give one a line".formatted(file), null);
        }
        return cases;
    }

    private ReferenceCase parse(String json) throws PairsException {
        JsonNode node;
        try {
            node = JsonMapper.shared().readTree(json);
        } catch (JacksonException e) {
            throw wrong("is not JSON: " + e.getOriginalMessage());
        }
        if (!node.isObject()) {
            throw wrong("is no JSON object");
        }
        String text = node.path("text").asString("");
        if (text.isBlank()) {
            throw wrong("has no \"text\"");
        }
        JsonNode candidates = node.path("candidates");
        if (!candidates.isArray() || candidates.size() != 2) {
            throw wrong("must have two \"candidates\"");
        }
        int right = right(node.path("right"), candidates);
        return new ReferenceCase(
                text,
                span(text, node.path("refers"), "refers"),
                span(text, candidates.get(right), "candidates"),
                span(text, candidates.get(1 - right), "candidates"),
                node.hasNonNull("pair") ? node.path("pair").asString() : "line " + line);
    }

    private int right(JsonNode right, JsonNode candidates) throws PairsException {
        for (int i = 0; i < 2; i++) {
            if (right.equals(candidates.get(i)) || (right.isInt() && right.asInt() == i)) {
                return i;
            }
        }
        throw wrong("\"right\" must be one of the candidates, or 0 or 1, not " + right);
    }

    private Span span(String text, JsonNode node, String field) throws PairsException {
        if (node.isArray() && node.size() == 2 && node.get(0).isInt() && node.get(1).isInt()) {
            int start = node.get(0).asInt();
            int end = node.get(1).asInt();
            int length = text.codePointCount(0, text.length());
            if (start < 0 || start >= end || end > length) {
                throw wrong(
                        "\"%s\": %s is no span of a text of %d characters"
                                .formatted(field, node, length));
            }
            return new Span(text.offsetByCodePoints(0, start), text.offsetByCodePoints(0, end));
        }
        if (!node.isString() || node.asString().isBlank()) {
            throw wrong("\"%s\" must be words of the text, or [start, end]".formatted(field));
        }
        String words = node.asString();
        List<Integer> found = occurrences(text, words);
        int which = 0;
        Matcher numbered = OCCURRENCE.matcher(words);
        if (found.isEmpty() && numbered.matches()) {
            words = numbered.group(1);
            which = Integer.parseInt(numbered.group(2)) - 1;
            found = occurrences(text, words);
        } else if (found.size() > 1) {
            throw wrong(
                    "\"%s\": '%s' is there %d times: say which, as '%s:1'"
                            .formatted(field, words, found.size(), words));
        }
        if (which < 0 || which >= found.size()) {
            throw wrong("\"%s\": '%s' is not in the text".formatted(field, node.asString()));
        }
        return new Span(found.get(which), found.get(which) + words.length());
    }

    /** Where words stand whole, not within longer ones. */
    private static List<Integer> occurrences(String text, String words) {
        List<Integer> found = new ArrayList<>();
        for (int at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
            int end = at + words.length();
            boolean begins = at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1));
            boolean ends = end == text.length() || !Character.isLetterOrDigit(text.charAt(end));
            if (begins && ends) {
                found.add(at);
            }
        }
        return found;
    }

    private PairsException wrong(String what) {
        return new PairsException("%s, line %d: %s".formatted(file, line, what), null);
    }

    /** A file holds no cases; the message names it and the line. */
    public static final class PairsException extends IOException {
        private static final long serialVersionUID = 1;

        PairsException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}

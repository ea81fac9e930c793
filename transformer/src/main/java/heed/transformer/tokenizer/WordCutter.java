package heed.transformer.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a text into the words that a reader sees, as Unicode's rules do (UAX 29, §4.1) but for two
 * things: a hyphen inside a word does not part it, and an ideograph stands alone.
 *
 * <p>The unit is the grapheme cluster: a letter with its accents, an emoji with all that is joined
 * to it. White space and control characters part words. Letters, digits and underscores in a row
 * make a word, together with a {@link #JOINERS joiner} between two of them, and a comma between two
 * digits. Everything else stands alone.
 */
final class WordCutter {
    private static final Pattern CLUSTER = Pattern.compile("\\X");

    /**
     * Apostrophes, full stop, middle dot, hyphens: {@code didn't}, {@code U.S.A}, {@code
     * well-known}.
     */
    private static final String JOINERS = "'’.·-\u2010\u2011";

    /** A stretch of the text. */
    record Span(int start, int end) {}

    private enum Kind {
        SPACE,
        WORD,
        JOINER,
        ALONE
    }

    /** The words of a text, in order. */
    static List<Span> cut(String text) {
        List<Span> clusters = new ArrayList<>();
        Matcher matcher = CLUSTER.matcher(text);
        while (matcher.find()) {
            clusters.add(new Span(matcher.start(), matcher.end()));
        }
        List<Span> words = new ArrayList<>();
        int next;
        for (int i = 0; i < clusters.size(); i = next) {
            next = endOfWord(text, clusters, i);
            if (kind(text, clusters.get(i)) != Kind.SPACE) {
                words.add(new Span(clusters.get(i).start(), clusters.get(next - 1).end()));
            }
        }
        return words;
    }

    /** Index behind the last cluster of the word that begins with cluster {@code first}. */
    private static int endOfWord(String text, List<Span> clusters, int first) {
        int end = first + 1;
        if (kind(text, clusters.get(first)) != Kind.WORD) {
            return end;
        }
        while (end < clusters.size()) {
            if (kind(text, clusters.get(end)) == Kind.WORD) {
                end++;
            } else if (end + 1 < clusters.size()
                    && joins(
                            text,
                            clusters.get(end - 1),
                            clusters.get(end),
                            clusters.get(end + 1))) {
                end += 2;
            } else {
                break;
            }
        }
        return end;
    }

    private static boolean joins(String text, Span before, Span between, Span after) {
        if (text.charAt(between.start()) == ',') {
            return Character.isDigit(text.codePointAt(before.start()))
                    && Character.isDigit(text.codePointAt(after.start()));
        }
        return kind(text, between) == Kind.JOINER && kind(text, after) == Kind.WORD;
    }

    private static Kind kind(String text, Span cluster) {
        int codePoint = text.codePointAt(cluster.start());
        if (JOINERS.indexOf(codePoint) >= 0) {
            return Kind.JOINER;
        }
        if (Character.isIdeographic(codePoint)) {
            return Kind.ALONE;
        }
        return switch (Character.getType(codePoint)) {
            case Character.FORMAT -> Kind.JOINER;
            case Character.CONTROL,
                    Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    Kind.SPACE;
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER,
                    Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.DECIMAL_DIGIT_NUMBER,
                    Character.LETTER_NUMBER,
                    Character.OTHER_NUMBER,
                    Character.CONNECTOR_PUNCTUATION ->
                    Kind.WORD;
            default -> Kind.ALONE;
        };
    }

    private WordCutter() {}
}

package heed.app.terminal;

import org.jline.utils.WCWidth;

/** What the launcher found out about the terminal, and how wide text is on it. */
public final class Terminal {

    /** Whether standard output goes to a terminal. */
    public static boolean isOutput() {
        return Boolean.getBoolean("heed.stdout.terminal");
    }

    /** Whether standard input comes from a terminal. */
    public static boolean isInput() {
        return Boolean.getBoolean("heed.stdin.terminal");
    }

    /** Whether standard error goes to a terminal. */
    public static boolean isError() {
        return Boolean.getBoolean("heed.stderr.terminal");
    }

    /** Whether to use colour: on a terminal, unless NO_COLOR is set (no-color.org). */
    public static boolean hasColour() {
        String noColor = System.getenv("NO_COLOR");
        return isOutput() && (noColor == null || noColor.isEmpty());
    }

    /** Columns that a text takes: 2 for a wide character, 0 for a combining one. */
    public static int width(String text) {
        return text.codePoints().map(c -> Math.max(0, WCWidth.wcwidth(c))).sum();
    }

    /** The text with spaces behind it, up to a width. */
    public static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - width(text)));
    }

    /** The text if it fits in a width, else its beginning and an ellipsis. */
    public static String shortened(String text, int width) {
        if (width(text) <= width) {
            return text;
        }
        StringBuilder kept = new StringBuilder();
        text.codePoints()
                .takeWhile(c -> width(kept.toString()) + Math.max(0, WCWidth.wcwidth(c)) < width)
                .forEach(kept::appendCodePoint);
        return kept + "…";
    }

    private Terminal() {}
}

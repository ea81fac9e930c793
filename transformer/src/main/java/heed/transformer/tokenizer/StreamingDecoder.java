package heed.transformer.tokenizer;

import java.util.Arrays;

/**
 * The text of pieces that come one at a time. A character whose bytes are in several pieces comes
 * out, whole, with the last of them. Where the bytes are text, what comes out, all in a row, is
 * what {@link Tokenizer#decode} gives for all pieces. One thread may use it.
 */
public final class StreamingDecoder {
    private static final char REPLACEMENT = '\uFFFD';

    /** Pieces that can hold a part of a character and not its end, which has 4 bytes at most. */
    private static final int MAX_AMID = 3;

    private final Tokenizer tokenizer;

    /**
     * The pieces since a place between two characters: those whose text is told already, so that
     * nothing is taken for the beginning of a text that is none, and those behind them.
     */
    private int[] window;

    private int fresh;
    private String told;

    StreamingDecoder(Tokenizer tokenizer, int[] before) {
        this.tokenizer = tokenizer;
        window = before.clone();
        fresh = window.length;
        told = tokenizer.decode(window);
        for (int amid = 1; amid <= Math.min(MAX_AMID, window.length); amid++) {
            if (!endsAmidCharacter(told)) {
                break;
            }
            String text = tokenizer.decode(Arrays.copyOf(window, window.length - amid));
            if (!endsAmidCharacter(text)) {
                fresh = window.length - amid;
                told = text;
            }
        }
    }

    private static boolean endsAmidCharacter(String text) {
        return !text.isEmpty() && text.charAt(text.length() - 1) == REPLACEMENT;
    }

    /**
     * Takes a piece.
     *
     * @return what can be told of the text by now, behind what was told before; empty if the piece
     *     ends amid a character, or is a special token
     */
    public String next(int id) {
        window = Arrays.copyOf(window, window.length + 1);
        window[window.length - 1] = id;
        String text = tokenizer.decode(window);
        return endsAmidCharacter(text) ? "" : tell(text);
    }

    /** What is left when no more pieces come: bytes that are no whole character, as U+FFFD. */
    public String end() {
        return tell(tokenizer.decode(window));
    }

    private String tell(String text) {
        if (text.length() <= told.length()) {
            return "";
        }
        String next = text.substring(told.length());
        window = Arrays.copyOfRange(window, fresh, window.length);
        fresh = window.length;
        told = tokenizer.decode(window);
        return next;
    }
}

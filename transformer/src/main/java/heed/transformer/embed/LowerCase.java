package heed.transformer.embed;

import heed.transformer.tokenizer.Tokenizer;
import heed.transformer.tokenizer.Tokens;
import java.util.Locale;

/**
 * Lower case as the tokenizers of Hugging Face make it: character by character, so that a sigma at
 * the end of a word is like any other, and with the special tokens of a text left as they are.
 */
final class LowerCase {

    static String of(String text, Tokenizer tokenizer) {
        StringBuilder lower = new StringBuilder(text.length());
        int done = 0;
        for (Tokens.Piece piece : tokenizer.encode(text, false).pieces()) {
            if (piece.special()) {
                append(text, done, piece.start(), lower);
                lower.append(text, piece.start(), piece.end());
                done = piece.end();
            }
        }
        append(text, done, text.length(), lower);
        return lower.toString();
    }

    private static void append(String text, int start, int end, StringBuilder lower) {
        text.substring(start, end)
                .codePoints()
                .forEach(each -> lower.append(Character.toString(each).toLowerCase(Locale.ROOT)));
    }

    private LowerCase() {}
}

package heed.microscope.generate;

import heed.transformer.tokenizer.StreamingDecoder;
import heed.transformer.tokenizer.Tokenizer;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What each token adds to a text that grows: a token that ends amid a character adds one U+FFFD,
 * and the one that ends it the whole character.
 */
final class PieceTexts {
    /** Tokens that can hold a part of a character and not its end, and one before them. */
    private static final int BEFORE = 4;

    private static final String PART = "\uFFFD";

    private final Tokenizer tokenizer;
    private final List<Integer> ids = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();

    /** Begins with a text; its special tokens have their names. */
    PieceTexts(Tokenizer tokenizer, Tokens begin) {
        this.tokenizer = tokenizer;
        for (Tokens.Piece piece : begin.pieces()) {
            String text = next(piece.id());
            ids.add(piece.id());
            texts.add(text.isEmpty() ? piece.text() : text);
        }
    }

    /** What a token would add. */
    String next(int id) {
        int[] before =
                ids.subList(Math.max(0, ids.size() - BEFORE), ids.size()).stream()
                        .mapToInt(Integer::intValue)
                        .toArray();
        StreamingDecoder decoder = tokenizer.streamingDecoder(before);
        String text = decoder.next(id) + decoder.end();
        String own = text.substring(parts(text));
        return own.isEmpty() && !text.isEmpty() ? PART : own;
    }

    /** How many parts of characters a text begins with: those of tokens before are told again. */
    private static int parts(String text) {
        int count = 0;
        while (text.startsWith(PART, count)) {
            count++;
        }
        return count;
    }

    /** Adds a token, and gives its place. */
    int add(int id) {
        texts.add(next(id));
        ids.add(id);
        return ids.size() - 1;
    }

    /** The texts of all tokens; it grows with them. */
    List<String> all() {
        return Collections.unmodifiableList(texts);
    }
}

package heed.transformer.tokenizer;

/** A text holds a character for which a vocabulary has no token. */
public final class UnknownCharacterException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    UnknownCharacterException(String character, Throwable cause) {
        super(
                "the model's vocabulary has no '%s' (U+%04X): leave it out, or take another model"
                        .formatted(character, character.codePointAt(0)),
                cause);
    }
}

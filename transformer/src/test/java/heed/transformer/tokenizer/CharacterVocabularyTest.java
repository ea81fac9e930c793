package heed.transformer.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class CharacterVocabularyTest {
    private static final String TEXT = "Über 2\n\n\t🙂 ab  \"ba\\\" \u00a0\r\n";

    private static Tokenizer tokenizer() throws IOException {
        byte[] json = CharacterVocabulary.of(TEXT).tokenizerJson();
        return Tokenizer.read(new ByteArrayInputStream(json), "characters");
    }

    @Test
    void everyCharacterIsATokenAndComesBack() throws IOException {
        try (Tokenizer tokenizer = tokenizer()) {
            Tokens tokens = tokenizer.encode(TEXT);
            assertThat(tokens.size()).isEqualTo(TEXT.codePointCount(0, TEXT.length()));
            assertThat(tokenizer.decode(tokens.ids())).isEqualTo(TEXT);
            for (Tokens.Piece piece : tokens.pieces()) {
                assertThat(TEXT.substring(piece.start(), piece.end()))
                        .isEqualTo(tokenizer.decode(piece.id()));
                assertThat(piece.special()).isFalse();
            }
        }
    }

    @Test
    void numbersFollowTheOrderOfCharacters() throws IOException {
        byte[] json = CharacterVocabulary.of("cab\n").tokenizerJson();
        assertThat(Tokenizer.vocabulary(json, "it")).isEqualTo(4);
        try (Tokenizer tokenizer = Tokenizer.read(new ByteArrayInputStream(json), "it")) {
            assertThat(tokenizer.encode("\nabc").ids()).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void aCharacterThatIsNotInItIsNamed() throws IOException {
        try (Tokenizer tokenizer = tokenizer()) {
            assertThatThrownBy(() -> tokenizer.encode("aaé"))
                    .isInstanceOf(UnknownCharacterException.class)
                    .hasMessageContaining("no 'é' (U+00E9)");
        }
    }
}

package heed.transformer.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import heed.transformer.tokenizer.Tokens.Piece;
import heed.transformer.tokenizer.Tokens.Word;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The words of a text; in the tables below a bar stands between two of them. */
final class TokensTest {
    private static Tokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        String json = "/heed-minilm/all-minilm-l6-v2-tokenizer.json";
        try (InputStream stream = TokensTest.class.getResourceAsStream(json)) {
            assertThat(stream).isNotNull();
            tokenizer = Tokenizer.read(stream, json);
        }
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void aContractionIsOneWordOfItsPieces() {
        assertThat(tokenizer.encode("The trophy didn't fit: too big.").words())
                .extracting(Word::text, Word::firstPiece, Word::endPiece)
                .containsExactly(
                        tuple("The", 1, 2),
                        tuple("trophy", 2, 3),
                        tuple("didn't", 3, 6),
                        tuple("fit", 6, 7),
                        tuple(":", 7, 8),
                        tuple("too", 8, 9),
                        tuple("big", 9, 10),
                        tuple(".", 10, 11));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '→',
            quoteCharacter = '\0',
            value = {
                "didn’t → didn’t",
                "rock'n'roll isn't → rock'n'roll|isn't",
                "'quoted' → '|quoted|'",
                "state-of-the-art, well-known → state-of-the-art|,|well-known",
                "a - b → a|-|b",
                "\"No!\" she said. → \"|No|!|\"|she|said|.",
                "U.S.A. 3.14 1,000 → U.S.A|.|3.14|1,000",
                "one,two and/or → one|,|two|and|/|or",
                "snake_case 50% → snake_case|50|%",
                "café CAFE\u0301 naïve → café|CAFE\u0301|naïve",
                "antidisestablishmentarianism → antidisestablishmentarianism",
                "你好世界 → 你|好|世|界",
                "カタカナ → カタカナ",
                "東京は → 東|京|は",
                "한국어 → 한국어",
                "مرحبا بالعالم → مرحبا|بالعالم",
                "ok 👩‍👩‍👧👍🏽 🇩🇪 → ok|👩‍👩‍👧👍🏽|🇩🇪",
                "a [MASK] b → a|b",
                "soft\u00adhyphen zero\u200bwidth → soft\u00adhyphen|zero\u200bwidth",
                "x\u0301 \u0301 y → x\u0301|y",
            })
    void wordsAreThoseOfTheReader(String text, String words) {
        Tokens tokens = tokenizer.encode(text);

        assertThat(tokens.words()).extracting(Word::text).containsExactly(words.split("\\|"));
        assertWordsAreSound(tokens);
    }

    @Test
    void controlCharactersPartWords() {
        assertThat(tokenizer.encode("tab\tnew\r\nline").words())
                .extracting(Word::text)
                .containsExactly("tab", "new", "line");
    }

    @Test
    void aPieceAcrossTwoWordsMakesThemOne() {
        Tokens tokens =
                new Tokens(
                        "a.\"b c",
                        List.of(
                                new Piece(1, "a", 0, 1, false),
                                new Piece(2, ".\"", 1, 3, false),
                                new Piece(3, "b", 3, 4, false),
                                new Piece(4, " c", 4, 6, false)));

        assertThat(tokens.words())
                .containsExactly(
                        new Word("a", 0, 1, 0, 1),
                        new Word(".\"", 1, 3, 1, 2),
                        new Word("b", 3, 4, 2, 3),
                        new Word("c", 5, 6, 3, 4));
    }

    @Test
    void piecesThatAreBytesOfOneCharacterAreOneWord() {
        Tokens tokens =
                new Tokens(
                        "👍 x",
                        List.of(
                                new Piece(1, "ð", 0, 2, false),
                                new Piece(2, "Ł", 0, 2, false),
                                new Piece(3, "ĳ", 0, 2, false),
                                new Piece(4, "Ġ", 2, 3, false),
                                new Piece(5, "x", 3, 4, false)));

        assertThat(tokens.words())
                .containsExactly(new Word("👍", 0, 2, 0, 3), new Word("x", 3, 4, 4, 5));
    }

    /** Words follow on one another, in the text as in the pieces, and hold no special piece. */
    static void assertWordsAreSound(Tokens tokens) {
        int char0 = 0;
        int piece0 = 0;
        for (Word word : tokens.words()) {
            assertThat(word.start()).isGreaterThanOrEqualTo(char0).isLessThan(word.end());
            assertThat(word.firstPiece()).isGreaterThanOrEqualTo(piece0);
            assertThat(word.endPiece()).isGreaterThan(word.firstPiece());
            assertThat(word.text()).isEqualTo(tokens.text().substring(word.start(), word.end()));
            assertThat(tokens.pieces().subList(word.firstPiece(), word.endPiece()))
                    .noneMatch(Piece::special)
                    .allMatch(p -> p.start() < word.end() && p.end() > word.start());
            char0 = word.end();
            piece0 = word.endPiece();
        }
    }
}

package heed.transformer.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.tokenizer.Tokens.Piece;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenizerTest {
    private static final String JSON = "/heed-minilm/all-minilm-l6-v2-tokenizer.json";

    private static Tokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        try (InputStream stream = json()) {
            tokenizer = Tokenizer.read(stream, JSON);
        }
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void putsSpecialTokensAroundTheText() {
        Tokens tokens = tokenizer.encode("The trophy didn't fit.");

        assertThat(tokens.pieces())
                .extracting(Piece::text)
                .containsExactly("[CLS]", "the", "trophy", "didn", "'", "t", "fit", ".", "[SEP]");
        assertThat(tokens.ids()).startsWith(101, 1996, 5384).endsWith(102);
        assertThat(tokens.pieces())
                .extracting(Piece::special)
                .containsExactly(true, false, false, false, false, false, false, false, true);
        assertThat(tokens.pieces().getFirst()).extracting(Piece::start, Piece::end).containsOnly(0);
        assertThat(tokens.pieces().getLast()).extracting(Piece::start, Piece::end).containsOnly(22);
    }

    @Test
    void neitherPadsNorTruncates() {
        assertThat(tokenizer.encode("a").size()).isEqualTo(3);
        assertThat(tokenizer.encode("a ".repeat(3000)).size()).isEqualTo(3002);
    }

    @Test
    void makesSpecialTokensAloneOfAnEmptyText() {
        for (String text : List.of("", " ", "\t\n", "\u200d")) {
            assertThat(tokenizer.encode(text).ids()).as("'%s'", text).containsExactly(101, 102);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Attention is all you need.",
                "Zażółć gęślą jaźń, naïve FAÇADE",
                "cafe\u0301 E\u0301tude a\u0308",
                "antidisestablishmentarianism",
                "Привет, мир!",
                "مرحبا بالعالم",
                "世界 カタカナ ひらがな",
                "𝐚 😀 the 👩‍👩‍👧 cat 👍🏽 sat 🇩🇪 down",
            })
    void spansHoldWhatThePieceSays(String text) {
        for (Piece piece : tokenizer.encode(text).pieces()) {
            if (!piece.special() && !piece.text().equals("[UNK]")) {
                assertThat(plain(text.substring(piece.start(), piece.end())))
                        .isEqualTo(plain(piece.text().replaceFirst("^##", "")));
            }
        }
    }

    @Test
    void countsCharsWhereTheNativeLibraryCountsCodePoints() {
        Tokens tokens = tokenizer.encode("😀😀 cat");

        Piece cat = tokens.pieces().get(tokens.size() - 2);
        assertThat(cat).isEqualTo(new Piece(4937, "cat", 5, 8, false));
    }

    @Test
    void theLettersOfASyllableShareItsSpan() {
        assertThat(tokenizer.encode("x 한").pieces().subList(2, 5))
                .extracting(Piece::start, Piece::end)
                .containsOnly(tuple(2, 3));
    }

    @Test
    void anUnknownCharacterIsNoSpecialToken() {
        assertThat(tokenizer.encode("a 👍 b").pieces())
                .contains(new Piece(100, "[UNK]", 2, 4, false));
    }

    @Test
    void theNameOfASpecialTokenInTheTextBecomesThatToken() {
        Tokens tokens = tokenizer.encode("Paris is the [MASK] of France. [SEP] x [UNK]");

        assertThat(tokens.pieces())
                .contains(
                        new Piece(103, "[MASK]", 13, 19, true),
                        new Piece(102, "[SEP]", 31, 36, true),
                        new Piece(100, "[UNK]", 39, 44, true));
    }

    @Test
    void bracketsAloneMakeNoSpecialToken() {
        assertThat(tokenizer.encode("a [NOTE] and [mask] <s>").pieces().subList(1, 11))
                .noneMatch(Piece::special);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a \uD83D b", "\uDC00\uD83D", "x\uD83D", "😀\uD83D😀", "a\0b"})
    void readsTextThatIsNoText(String text) {
        assertSpansAreInOrder(tokenizer.encode(text));
    }

    @Test
    void spansAreInOrderWhateverTheText() {
        Random random = new Random(3);
        List<String> alphabet =
                List.of(
                        "a", "b", " ", "'", ".", "-", "_", ",", "é", "\u0301", "\u200d", "\uFE0F",
                        "\u200b", "\u00ad", "😀", "👩", "🏽", "🇩", "🇪", "世", "カ", "한", "م", "\0",
                        "\r", "\n", "\t", "[MASK]", "[SEP]", "[", "\uFFFD", "\uD800", "𝐚");
        for (int round = 0; round < 2000; round++) {
            String text =
                    random.ints(random.nextInt(24), 0, alphabet.size())
                            .mapToObj(alphabet::get)
                            .collect(Collectors.joining());
            Tokens tokens = tokenizer.encode(text);
            assertSpansAreInOrder(tokens);
            TokensTest.assertWordsAreSound(tokens);
        }
    }

    @Test
    void opensAFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        try (InputStream stream = json()) {
            Files.copy(stream, file);
        }
        try (Tokenizer opened = Tokenizer.open(file)) {
            String text = "The trophy didn't fit.";
            assertThat(opened.encode(text)).isEqualTo(tokenizer.encode(text));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[]", "no JSON", "{\"version\": \"1.0\"}"})
    void refusesWhatIsNoTokenizer(String json) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(
                        () ->
                                Tokenizer.read(
                                        new ByteArrayInputStream(json.getBytes(UTF_8)), "x.json"))
                .withMessageContaining("x.json is not a tokenizer.json that can be used");
    }

    @Test
    void refusesAFileThatIsCutOff() throws IOException {
        try (InputStream stream = json()) {
            byte[] part = stream.readNBytes(300_000);
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> Tokenizer.read(new ByteArrayInputStream(part), "cut.json"))
                    .withMessageContaining("cut.json");
        }
    }

    @Test
    void namesTheFileThatIsNotThere(@TempDir Path folder) {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> Tokenizer.open(folder.resolve("tokenizer.json")))
                .withMessageContaining("tokenizer.json");
    }

    private static void assertSpansAreInOrder(Tokens tokens) {
        int last = 0;
        for (Piece piece : tokens.pieces()) {
            assertThat(piece.start()).isBetween(last, piece.end());
            assertThat(piece.end()).isLessThanOrEqualTo(tokens.text().length());
            last = piece.start();
        }
    }

    /**
     * What is left of a text once accents and case are taken off, as the model's pieces have it.
     */
    private static String plain(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFD)
                .replaceAll("\\p{Mn}", "")
                .toLowerCase(Locale.ROOT);
    }

    private static InputStream json() throws IOException {
        InputStream stream = TokenizerTest.class.getResourceAsStream(JSON);
        if (stream == null) {
            throw new IOException(JSON + " is not on the class path");
        }
        return stream;
    }
}

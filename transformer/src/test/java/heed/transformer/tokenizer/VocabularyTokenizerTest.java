package heed.transformer.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.tokenizer.Tokens.Piece;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link ScriptsTest} leaves: pairs of texts, odd settings, and files that are refused. */
final class VocabularyTokenizerTest {
    private static final String WORDS = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n##s\n";
    private static final String PAIRS = "{\"a\": 0, \"b\": 1, \"ab\": 2, \"<s>\": 3, \"</s>\": 4}";

    @TempDir private Path folder = Path.of("");

    @Test
    void tellsTheSecondOfTwoTextsOfBertFromTheFirst() throws IOException {
        try (Tokenizer tokenizer = open("vocab.txt", WORDS)) {
            Tokens tokens = tokenizer.encode("The cats", "cat");

            assertThat(tokens.pieces())
                    .extracting(Piece::text)
                    .containsExactly("[CLS]", "the", "cat", "##s", "[SEP]", "cat", "[SEP]");
            assertThat(tokens.types()).containsExactly(0, 0, 0, 0, 0, 1, 1);
            assertThat(tokenizer.decode(tokens.ids())).isEqualTo("the cats cat");
        }
    }

    @Test
    void putsTwoEndsBetweenTheTextsOfRoberta() throws IOException {
        write("config.json", "{\"model_type\": \"roberta\"}");
        try (Tokenizer tokenizer = byteLevel(PAIRS, "#version: 0.2\na b\n")) {
            Tokens tokens = tokenizer.encode("ab", "a");

            assertThat(tokens.ids()).containsExactly(3, 2, 4, 4, 0, 4);
            assertThat(tokens.types()).containsOnly(0);
        }
    }

    @Test
    void putsTheBeginningBeforeATextOfGpt2WhereThatIsAskedFor() throws IOException {
        write("tokenizer_config.json", "{\"add_bos_token\": true, \"bos_token\": \"<s>\"}");
        try (Tokenizer tokenizer = byteLevel(PAIRS, "a b\n")) {
            assertThat(tokenizer.encode("ab").ids()).containsExactly(3, 2);
            assertThat(tokenizer.encode("ab", "a").ids()).containsExactly(3, 2, 3, 0);
        }
    }

    @Test
    void givesAddedTokensTheNumbersBehindTheVocabulary() throws IOException {
        write("added_tokens.json", "{\"<two>\": 9, \"<one>\": 8}");
        write(
                "tokenizer_config.json",
                "{\"additional_special_tokens\": [\"<three>\", {\"content\": \"<two>\"}]}");
        try (Tokenizer tokenizer = open("vocab.txt", WORDS)) {
            Tokens tokens = tokenizer.encode("cat<two><one><three>", false);

            assertThat(tokens.ids()).containsExactly(6, 9, 8, 10);
            assertThat(tokenizer.decode(10)).isEmpty();
            assertThat(tokenizer.decode(9)).isEmpty();
            assertThat(tokenizer.decode(8)).isEqualTo("<one>");
        }
    }

    @Test
    void readsLinesOfAnyKind() throws IOException {
        try (Tokenizer tokenizer = open("vocab.txt", WORDS.replace("\n", "\r\n"))) {
            assertThat(tokenizer.encode("The cats").ids()).containsExactly(2, 5, 6, 7, 3);
        }
    }

    @Test
    void refusesAVocabularyWithoutWhatItNeeds() throws IOException {
        assertRefused("vocab.txt", "", "vocab.txt: it has no tokens");
        assertRefused(
                "vocab.txt",
                "[UNK]\n[CLS]\na\n",
                "vocab.txt: it has no token '[SEP]', and no file beside it names another sep_token");
        Files.write(folder.resolve("vocab.txt"), new byte[] {'a', (byte) 0xC3, '\n'});
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Tokenizer.open(folder.resolve("vocab.txt")))
                .withMessageEndingWith("vocab.txt is not text in UTF-8");
        assertRefused("vocab.json", "[1]", "vocab.json is not a JSON object");
        assertRefused("vocab.json", "{\"a\": ", "vocab.json is not JSON: ");
        assertRefused("vocab.json", "{\"a\": -1}", "vocab.json: the token 'a' has number -1");
        assertRefused("vocab.json", "{\"a\": \"0\"}", "vocab.json: the token 'a' has number \"0\"");
        write("merges.txt", "a c\n");
        assertRefused(
                "vocab.json", PAIRS, "merges.txt: the merge 'a c' has 'c', which is no token");
        write("merges.txt", "ab\n");
        assertRefused(
                "vocab.json", PAIRS, "merges.txt: the merge 'ab' is not two tokens with a space");
    }

    @Test
    void refusesSettingsThatItDoesNotKnow() throws IOException {
        write("config.json", "{\"model_type\": \"llama\"}");
        assertRefused(
                "vocab.json",
                PAIRS,
                "vocab.json: model_type is llama: without a tokenizer.json, only roberta, gpt2,"
                        + " qwen2, qwen3 can be read");
        write("config.json", "{}");
        write("tokenizer_config.json", "{\"tokenizer_class\": \"BertJapaneseTokenizer\"}");
        assertRefused(
                "vocab.txt",
                WORDS,
                "vocab.txt: tokenizer_class is BertJapaneseTokenizer: without a tokenizer.json,"
                        + " only BertTokenizer, DistilBertTokenizer, ElectraTokenizer,"
                        + " MPNetTokenizer can be read");
        write("tokenizer_config.json", "{\"do_lower_case\": \"yes\"}");
        assertRefused(
                "vocab.txt",
                WORDS,
                "tokenizer_config.json: do_lower_case should be true or false, not \"yes\"");
        write("tokenizer_config.json", "{\"cls_token\": {\"lstrip\": true}}");
        assertRefused(
                "vocab.txt", WORDS, "tokenizer_config.json: cls_token should be a token, not {");
        write("tokenizer_config.json", "[]");
        assertRefused("vocab.txt", WORDS, "tokenizer_config.json is not a JSON object");
    }

    @Test
    void refusesAddedTokensWhoseNumbersLeaveAGap() throws IOException {
        write("added_tokens.json", "{\"<one>\": 9}");
        assertRefused(
                "vocab.txt",
                WORDS,
                "vocab.txt: the token '<one>' has number 9 in the files beside it, where 8 is due");
        for (String number : new String[] {"-1", "1e9", "\"x\"", "[]", "99999999999999"}) {
            write("added_tokens.json", "{\"<one>\": " + number + "}");
            assertRefused("vocab.txt", WORDS, "added_tokens.json: <one> has the number '");
        }
    }

    @Test
    void isMadeOrRefusedWhateverIsFlipped() throws IOException {
        byte[] config =
                "{\"cls_token\": \"[CLS]\", \"added_tokens_decoder\": {\"8\": {\"content\": \"x\"}}}"
                        .getBytes(StandardCharsets.UTF_8);
        Random random = new Random(6);
        int refused = 0;
        for (int round = 0; round < 200; round++) {
            byte[] words = WORDS.getBytes(StandardCharsets.UTF_8);
            byte[] settings = config.clone();
            byte[] flipped = random.nextBoolean() ? words : settings;
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(folder.resolve("vocab.txt"), words);
            Files.write(folder.resolve("tokenizer_config.json"), settings);
            try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("vocab.txt"))) {
                assertThat(tokenizer.encode("The cats\n 你 [SEP]").size()).isPositive();
            } catch (CheckpointException e) {
                assertThat(e.getMessage()).hasLineCount(1);
                refused++;
            }
        }
        assertThat(refused).isBetween(20, 199);
    }

    private void assertRefused(String name, String content, String message) throws IOException {
        write(name, content);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Tokenizer.open(folder.resolve(name)))
                .withMessageStartingWith(folder.toString())
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }

    private Tokenizer open(String name, String content) throws IOException {
        return Tokenizer.open(write(name, content));
    }

    private Tokenizer byteLevel(String vocabulary, String merges) throws IOException {
        write("merges.txt", merges);
        return open("vocab.json", vocabulary);
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }
}

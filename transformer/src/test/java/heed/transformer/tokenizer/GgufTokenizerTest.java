package heed.transformer.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufFile;
import heed.transformer.testing.GgufBytes;
import heed.transformer.tokenizer.Tokens.Piece;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class GgufTokenizerTest {

    /** A text, and what the original tokenizer does with it. */
    private record Case(String text, int[] ids, String decoded) {}

    @ParameterizedTest
    @ValueSource(strings = {"spm", "gpt-2", "smollm", "llama-bpe", "qwen2"})
    void doesWhatTheOriginalDoes(String name) throws IOException {
        List<Case> cases = cases(name);
        assertThat(cases).hasSizeGreaterThan(7);
        try (Tokenizer tokenizer = open(name)) {
            for (Case expected : cases) {
                assertThat(tokenizer.encode(expected.text).ids())
                        .as(expected.text)
                        .containsExactly(expected.ids);
                assertThat(tokenizer.decode(expected.ids)).isEqualTo(expected.decoded);
                assertThat(stream(tokenizer.streamingDecoder(), expected.ids))
                        .isEqualTo(expected.decoded);
            }
        }
    }

    @Test
    void knowsSpecialTokens() throws IOException {
        try (Tokenizer tokenizer = open("llama-bpe")) {
            Tokens tokens = tokenizer.encode("it<|end|>");

            assertThat(tokens.pieces())
                    .extracting(Piece::text)
                    .startsWith("<s>")
                    .endsWith("<|end|>");
            assertThat(tokens.pieces().getFirst().special()).isTrue();
            assertThat(tokens.pieces().getLast().special()).isTrue();
            assertThat(tokenizer.decode(tokens.ids())).isEqualTo("it");
        }
    }

    @Test
    void tellsACharacterWithItsLastPiece() throws IOException {
        try (Tokenizer tokenizer = open("gpt-2")) {
            int[] ids = tokenizer.encode("a👩b").ids();
            StreamingDecoder decoder = tokenizer.streamingDecoder();

            List<String> told = new ArrayList<>();
            for (int id : ids) {
                told.add(decoder.next(id));
            }
            assertThat(told).hasSizeGreaterThan(4).contains("", "👩").startsWith("a").endsWith("b");
            assertThat(decoder.end()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"spm", "gpt-2"})
    void tellsWhatIsLeftOfACharacter(String name) throws IOException {
        try (Tokenizer tokenizer = open(name)) {
            int[] ids = tokenizer.encode("a👩").ids();
            StreamingDecoder decoder = tokenizer.streamingDecoder();
            StringBuilder told = new StringBuilder();
            for (int i = 0; i < ids.length - 1; i++) {
                told.append(decoder.next(ids[i]));
            }

            assertThat(told).asString().isEqualTo("a");
            assertThat(decoder.end()).matches("\uFFFD+");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"spm", "gpt-2"})
    void tellsNothingOfWhatCameBefore(String name) throws IOException {
        String text = "it was  too 👩👩 large <s> 你好 in";
        try (Tokenizer tokenizer = open(name)) {
            int[] ids = tokenizer.encode(text).ids();
            String whole = tokenizer.decode(ids);
            String last = whole;
            for (int cut = 0; cut <= ids.length; cut++) {
                int[] before = Arrays.copyOf(ids, cut);
                int[] behind = Arrays.copyOfRange(ids, cut, ids.length);

                String told = stream(tokenizer.streamingDecoder(before), behind);
                if (tokenizer.decode(before).endsWith("\uFFFD")) {
                    assertThat(told).as("a character that was begun").isEqualTo(last);
                } else {
                    assertThat(tokenizer.decode(before) + told).isEqualTo(whole);
                }
                last = told;
            }
        }
    }

    /** Any bytes, broken characters too: byte-level pieces are told as they are decoded at once. */
    @Test
    void tellsAnyPiecesAsDecodingThemAtOnceDoes() throws IOException {
        Random random = new Random(3);
        try (Tokenizer tokenizer = open("gpt-2")) {
            for (int round = 0; round < 300; round++) {
                int[] ids = random.ints(1 + random.nextInt(30), 0, 330).toArray();

                assertThat(stream(tokenizer.streamingDecoder(), ids))
                        .isEqualTo(tokenizer.decode(ids));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"spm", "llama-bpe"})
    void isMadeOrRefusedWhateverIsFlipped(String name) throws IOException {
        byte[] whole = resource(name + ".gguf");
        Random random = new Random(4);
        int refused = 0;
        for (int round = 0; round < 200; round++) {
            byte[] bytes = whole.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try (Tokenizer tokenizer =
                    Tokenizer.of(GgufFile.of(MemorySegment.ofArray(bytes), "x"))) {
                assertThat(tokenizer.encode("The trophy\n 你 <s>").size()).isNotNegative();
            } catch (CheckpointException e) {
                assertThat(e.getMessage()).hasLineCount(1);
                refused++;
            }
        }
        assertThat(refused).isBetween(20, 199);
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertRefused(new GgufBytes(3, 0, 0), "x: it has no tokenizer.ggml.tokens");
        assertRefused(tokens(1), "x: it has no tokenizer.ggml.model");
        assertRefused(
                tokens(2).value("tokenizer.ggml.model", "bert"),
                "x: tokenizer.ggml.model is bert: only gpt2 and llama can be read");
        assertRefused(
                tokens(3)
                        .value("tokenizer.ggml.model", "gpt2")
                        .value("tokenizer.ggml.pre", "poro-chat"),
                "x: tokenizer.ggml.pre is poro-chat: only default, gpt-2, phi-2,");
        assertRefused(
                tokens(2).value("tokenizer.ggml.model", "gpt2"),
                "x: it has no tokenizer.ggml.merges");
        assertRefused(
                tokens(2).value("tokenizer.ggml.model", "llama"),
                "x: it has no tokenizer.ggml.scores");
    }

    @Test
    void refusesWhatDoesNotFitItsTokens() {
        assertRefused(
                tokens(2).values("tokenizer.ggml.token_type", 1, 1),
                "x: it has 3 tokens, but the types of 2");
        assertRefused(
                tokens(3)
                        .value("tokenizer.ggml.model", "llama")
                        .values("tokenizer.ggml.scores", 0f, 1f),
                "x: it has 3 tokens, but the scores of 2");
        for (int id : new int[] {3, -1, Integer.MAX_VALUE}) {
            assertRefused(
                    tokens(4)
                            .value("tokenizer.ggml.model", "gpt2")
                            .values("tokenizer.ggml.merges", "a b")
                            .value("tokenizer.ggml.bos_token_id", id),
                    "x: tokenizer.ggml.bos_token_id is " + id + ", which is none of its 3 tokens");
        }
        assertRefused(merges("ab"), "x: the merge 'ab' is not two tokens with a space between");
        assertRefused(merges("a c"), "x: the merge 'a c' has 'c', which is no token");
        assertRefused(merges("b a"), "x: the merge 'b a' has 'ba', which is no token");
        assertRefused(
                new GgufBytes(3, 0, 3)
                        .values("tokenizer.ggml.tokens", "a".repeat(513))
                        .value("tokenizer.ggml.model", "llama")
                        .values("tokenizer.ggml.scores", 0f),
                "x: token 0 has 513 characters, more than 512");
    }

    private static GgufBytes merges(String merge) {
        return tokens(3)
                .value("tokenizer.ggml.model", "gpt2")
                .values("tokenizer.ggml.merges", merge);
    }

    /** A file of so many values, the first of which are the tokens a, b and ab. */
    private static GgufBytes tokens(int values) {
        return new GgufBytes(3, 0, values).values("tokenizer.ggml.tokens", "a", "b", "ab");
    }

    private static void assertRefused(GgufBytes bytes, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(
                        () -> Tokenizer.of(GgufFile.of(MemorySegment.ofArray(bytes.bytes()), "x")))
                .withMessageStartingWith(message);
    }

    private static String stream(StreamingDecoder decoder, int[] ids) {
        StringBuilder told = new StringBuilder();
        for (int id : ids) {
            told.append(decoder.next(id));
        }
        return told.append(decoder.end()).toString();
    }

    private static Tokenizer open(String name) throws IOException {
        byte[] bytes = resource(name + ".gguf");
        return Tokenizer.of(GgufFile.of(MemorySegment.ofArray(bytes), name + ".gguf"));
    }

    private static List<Case> cases(String name) throws IOException {
        List<Case> cases = new ArrayList<>();
        for (JsonNode json : new JsonMapper().readTree(resource(name + ".json"))) {
            int[] ids = json.get("ids").valueStream().mapToInt(JsonNode::intValue).toArray();
            cases.add(new Case(json.get("text").asString(), ids, json.get("decoded").asString()));
        }
        return cases;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream stream = GgufTokenizerTest.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new AssertionError(name + " is missing: run make_tokenizers.py");
            }
            return stream.readAllBytes();
        }
    }
}

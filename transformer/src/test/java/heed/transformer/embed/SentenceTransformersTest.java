package heed.transformer.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Folders of sentence-transformers, against what it says of them: see {@code make_vectors.py}. */
final class SentenceTransformersTest {
    private static final float TOLERANCE = 1e-5f;

    @TempDir private Path folder = Path.of("");

    static Stream<String> cases() throws IOException {
        return SentenceFolder.names().stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void vectorsAreThoseOfSentenceTransformers(String name) throws IOException {
        JsonNode json = SentenceFolder.write(name, folder);
        try (TextEmbedder embedder =
                TextEmbedder.builder(folder.toString()).tooLong(TooLong.CUT).open()) {
            assertThat(embedder.dimensions()).isEqualTo(json.required("dimensions").intValue());
            assertThat(embedder.maxTokens()).isEqualTo(json.required("maxTokens").intValue());
            for (Role role : Role.values()) {
                assertThat(embedder.prompt(role))
                        .as(role.name())
                        .isEqualTo(json.required("prompts").required(role.name()).stringValue());
            }
            for (JsonNode call : json.required("calls")) {
                assertCall(embedder, call);
            }
        }
    }

    private static void assertCall(TextEmbedder embedder, JsonNode call) {
        String prompt =
                call.has("prompt")
                        ? call.required("prompt").stringValue()
                        : embedder.prompt(Role.valueOf(call.required("role").stringValue()));
        List<String> texts = texts(call);
        TextVectors embedded = embedder.embed(texts, prompt, done -> {});
        assertThat(embedded.tokens())
                .containsExactly(
                        call.required("tokens")
                                .valueStream()
                                .mapToInt(JsonNode::intValue)
                                .toArray());
        for (int i = 0; i < texts.size(); i++) {
            assertClose(
                    embedded.vectors()[i],
                    call.required("vectors").get(i),
                    "%s before %s".formatted(prompt, texts.get(i)));
        }
        if (call.has("role")) {
            assertThat(embedder.embed(texts, Role.valueOf(call.required("role").stringValue())))
                    .isDeepEqualTo(embedded.vectors());
        }
    }

    private static List<String> texts(JsonNode call) {
        return call.required("texts").valueStream().map(JsonNode::stringValue).toList();
    }

    private static void assertClose(float[] vector, JsonNode expected, String text) {
        assertThat(vector).as(text).hasSize(expected.size());
        double largest =
                expected.valueStream().mapToDouble(x -> Math.abs(x.doubleValue())).max().orElse(0);
        for (int i = 0; i < vector.length; i++) {
            assertThat((double) vector[i])
                    .as("%s [%d]", text, i)
                    .isCloseTo(
                            expected.get(i).doubleValue(),
                            within(TOLERANCE * Math.max(1, largest)));
        }
    }

    /** What Python cuts is refused unless it is asked for. */
    @ParameterizedTest
    @MethodSource("cases")
    void whatWouldBeCutIsRefusedByItsNumber(String name) throws IOException {
        JsonNode json = SentenceFolder.write(name, folder);
        try (TextEmbedder embedder = TextEmbedder.open(folder.toString());
                TextEmbedder uncut = TextEmbedder.builder(folder.toString()).maxTokens(48).open()) {
            JsonNode call = json.required("calls").get(0);
            String prompt = embedder.prompt(Role.valueOf(call.path("role").asString("NONE")));
            List<String> texts = texts(call);
            List<Integer> tooLong = new ArrayList<>();
            int[] tokens = uncut.embed(texts, prompt, done -> {}).tokens();
            for (int i = 0; i < tokens.length; i++) {
                if (tokens[i] > embedder.maxTokens()) {
                    tooLong.add(i);
                }
            }
            if (tooLong.isEmpty()) {
                assertThat(embedder.embed(texts, prompt, done -> {}).tokens()).isEqualTo(tokens);
            } else {
                int first = tooLong.getFirst();
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> embedder.embed(texts, prompt, done -> {}))
                        .withMessage(
                                "text %d has %d tokens, %s takes at most %d",
                                first + 1, tokens[first], embedder.name(), embedder.maxTokens());
            }
        }
    }

    /** Here Python has a vector of zeros, or of infinities. */
    @Test
    void ofATextThatIsNoMoreThanItsPromptAllIsPooled() throws IOException {
        SentenceFolder.write("prompt-not-pooled-qwen3", folder);
        try (TextEmbedder embedder = TextEmbedder.open(folder.toString())) {
            float[] vector = embedder.embed(List.of(""), Role.QUERY)[0];

            assertThat(vector).containsExactly(embedder.embed(List.of("the query: "))[0]);
            for (float value : vector) {
                assertThat(value).isFinite();
            }
        }
    }
}

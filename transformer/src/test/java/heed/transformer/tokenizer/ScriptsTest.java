package heed.transformer.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * 200 texts of ten scripts through tokenizers of every kind, against Python's libraries: see {@code
 * scripts/make_scripts.py}.
 */
final class ScriptsTest {
    private static JsonNode golden() throws IOException {
        try (InputStream stream = new GZIPInputStream(resource("golden.json.gz"))) {
            return JsonMapper.shared().readTree(stream);
        }
    }

    static Stream<Arguments> cases() throws IOException {
        JsonNode golden = golden();
        List<String> texts =
                golden.required("texts").valueStream().map(JsonNode::stringValue).toList();
        assertThat(texts).hasSizeGreaterThanOrEqualTo(200);
        return golden.required("cases")
                .valueStream()
                .map(json -> Arguments.of(json.required("name").stringValue(), texts, json));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void idsAndSpansAreThoseOfPython(
            String name, List<String> texts, JsonNode expected, @TempDir Path folder)
            throws IOException {
        try (Tokenizer tokenizer = open(expected, folder)) {
            for (int i = 0; i < texts.size(); i++) {
                if (expected.required("ids").get(i).isNull()) {
                    continue;
                }
                Tokens tokens = tokenizer.encode(texts.get(i));
                assertThat(tokens.ids())
                        .as("%s: '%s'", name, texts.get(i))
                        .containsExactly(integers(expected.required("ids").get(i)));
                if (expected.has("spans")) {
                    assertThat(spans(tokenizer, tokens))
                            .as("%s: '%s'", name, texts.get(i))
                            .containsExactly(integers(expected.required("spans").get(i)));
                }
            }
        }
    }

    /** Opens the tokenizer that some files make in a folder. */
    private static Tokenizer open(JsonNode expected, Path folder) throws IOException {
        String first = expected.required("vocabulary").get(0).stringValue();
        for (JsonNode name : expected.required("vocabulary")) {
            try (InputStream stream = resource(name.stringValue())) {
                Files.copy(stream, folder.resolve(name.stringValue()));
            }
        }
        for (Map.Entry<String, JsonNode> file : expected.required("files").properties()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue().toString());
        }
        return first.endsWith(".gguf")
                ? Tokenizer.of(GgufFile.open(folder.resolve(first)))
                : Tokenizer.open(
                        ModelFolder.tokenizerIn(folder).orElseGet(() -> folder.resolve(first)));
    }

    /** Start and end of each piece but those around the text, of which one is before it. */
    private static int[] spans(Tokenizer tokenizer, Tokens tokens) {
        int inside = tokenizer.encode(tokens.text(), false).size();
        return tokens.pieces().stream()
                .skip(Math.min(1, tokens.size() - inside))
                .limit(inside)
                .flatMapToInt(piece -> IntStream.of(piece.start(), piece.end()))
                .toArray();
    }

    private static int[] integers(JsonNode list) {
        return list.valueStream().mapToInt(JsonNode::intValue).toArray();
    }

    private static InputStream resource(String name) {
        InputStream stream = ScriptsTest.class.getResourceAsStream("scripts/" + name);
        if (stream == null) {
            throw new AssertionError(name + " is missing: run make_scripts.py");
        }
        return stream;
    }
}

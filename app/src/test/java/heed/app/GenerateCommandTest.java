package heed.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A tiny random Llama whose words are w0 to w79. */
final class GenerateCommandTest {
    private static final Path LLAMA =
            Path.of("../transformer/src/test/resources/heed/transformer/model/causal/llama");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir private Path model;
    private JsonNode golden = JsonMapper.shared().createObjectNode();
    private String prompt = "";

    @BeforeEach
    void writeModel() throws IOException {
        for (String file : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(LLAMA.resolve(file), model.resolve(file));
        }
        String words =
                IntStream.range(0, 80)
                        .mapToObj(i -> "\"w%d\": %d".formatted(i, i))
                        .collect(Collectors.joining(", "));
        Files.writeString(
                model.resolve("tokenizer.json"),
                """
                {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "WhitespaceSplit"},
                 "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "w0"}}
                """
                        .formatted(words));
        golden = JsonMapper.shared().readTree(Files.readAllBytes(LLAMA.resolve("golden.json")));
        prompt = words("ids");
    }

    @Test
    void goesOnWithTheText() {
        assertThat(generate(prompt, "--max-tokens", "20")).isZero();
        assertThat(out.toString().strip().split("\\s+"))
                .isEqualTo((prompt + " " + words("greedy")).split(" ", -1));
    }

    @Test
    void tellsEverythingInJson() {
        assertThat(generate(prompt, "--max-tokens", "6", "--format", "json")).isZero();
        JsonNode json = JsonMapper.shared().readTree(out.toString());

        assertThat(json.required("prompt").stringValue()).isEqualTo(prompt);
        assertThat(json.required("stop").stringValue()).isEqualTo("length");
        assertThat(json.required("promptTokens")).hasSize(24);
        assertThat(json.required("tokens")).hasSize(6);
        for (int i = 0; i < 6; i++) {
            JsonNode token = json.required("tokens").get(i);
            int id = golden.required("greedy").get(i).intValue();
            assertThat(token.required("id").intValue()).isEqualTo(id);
            assertThat(token.required("token").stringValue()).isEqualTo("w" + id);
            assertThat(token.required("top").get(0).required("id").intValue()).isEqualTo(id);
            assertThat(token.required("attends")).hasSize(5);
            for (JsonNode share : token.required("attends")) {
                int index = share.required("index").intValue();
                assertThat(index).isBetween(0, 24 + i - 2);
                JsonNode at =
                        index < 24
                                ? json.required("promptTokens").get(index)
                                : json.required("tokens").get(index - 24);
                assertThat(share.required("token")).isEqualTo(at.required("token"));
                assertThat(share.required("weight").doubleValue()).isBetween(0.0, 1.0);
            }
        }
    }

    @Test
    void printsUnderEachTokenWhatMattered() {
        assertThat(generate(prompt, "--max-tokens", "3", "--watch")).isZero();
        assertThat(out.toString().lines())
                .hasSize(3)
                .allMatch(line -> line.matches("w\\d+ +← (w\\d+ 0\\.\\d\\d *){3}"));
    }

    @Test
    void stopsAtAString() {
        String third = "w" + golden.required("greedy").get(2).intValue();
        assertThat(generate(prompt, "--stop", third)).isZero();
        assertThat(out.toString()).startsWith(prompt).doesNotContain(third + " ");
        assertThat(out.toString().substring(prompt.length())).doesNotContain(third);
    }

    @Test
    void saysWhenTheContextIsFull() {
        assertThat(generate(prompt, "--max-tokens", "500")).isZero();
        assertThat(err.toString())
                .isEqualTo("heed: the model reads 128 tokens, and they are full\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "w1; --temperature -1; a temperature cannot be -1.0",
                "w1; --max-tokens 0; --max-tokens must be at least 1, not 0",
                "w1; --model /nosuch; there is no model /nosuch",
                "' '; --max-tokens 1; the prompt is empty",
            })
    void saysWhatIsWrong(String text, String options, String message) {
        assertThat(generate(text, options.split(" ", -1))).isEqualTo(Heed.BAD_INPUT);
        assertThat(err.toString()).contains(message).hasLineCount(1);
    }

    private String words(String key) {
        return golden.required(key).values().stream()
                .map(id -> "w" + id.intValue())
                .collect(Collectors.joining(" "));
    }

    private int generate(String text, String... options) {
        Stream<String> given =
                Arrays.asList(options).contains("--model")
                        ? Stream.of("generate", text)
                        : Stream.of("generate", text, "--model", model.toString());
        String[] all = Stream.concat(given, Arrays.stream(options)).toArray(String[]::new);
        CommandLine command = Heed.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(all);
    }
}

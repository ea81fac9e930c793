package heed.app.generate;

import static org.assertj.core.api.Assertions.assertThat;

import heed.app.Heed;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A tiny random Llama with a tokenizer of its own: see {@code golden/README.md} of the models. */
final class GenerateCommandTest {
    private static final Path MODELS =
            Path.of("../transformer/src/test/resources/heed/transformer/golden");
    private static final Path MODEL = MODELS.resolve("llama");
    private static final int PROMPT_TOKENS = 24;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private JsonNode golden = JsonMapper.shared().createObjectNode();
    private String prompt = "";
    private String greedyText = "";

    @BeforeEach
    void readGolden() throws IOException {
        golden = JsonMapper.shared().readTree(Files.readAllBytes(MODEL.resolve("golden.json")));
        prompt = golden.required("text").stringValue();
        greedyText = golden.required("greedyText").stringValue();
    }

    @Test
    void goesOnWithTheText() {
        assertThat(generate(prompt, "--max-tokens", "20")).isZero();
        assertThat(out.toString().strip()).isEqualTo(prompt + greedyText);
    }

    @Test
    void tellsEverythingInJson() {
        assertThat(generate(prompt, "--max-tokens", "6", "--format", "json")).isZero();
        JsonNode json = JsonMapper.shared().readTree(out.toString());

        assertThat(json.required("prompt").stringValue()).isEqualTo(prompt);
        assertThat(json.required("stop").stringValue()).isEqualTo("length");
        assertThat(json.required("promptTokens")).hasSize(PROMPT_TOKENS);
        assertThat(json.required("tokens")).hasSize(6);
        StringBuilder told = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            JsonNode token = json.required("tokens").get(i);
            int id = golden.required("greedy").get(i).intValue();
            assertThat(token.required("id").intValue()).isEqualTo(id);
            told.append(token.required("token").stringValue());
            assertThat(token.required("top").get(0).required("id").intValue()).isEqualTo(id);
            assertThat(token.required("attends")).hasSize(5);
            for (JsonNode share : token.required("attends")) {
                int index = share.required("index").intValue();
                assertThat(index).isBetween(0, PROMPT_TOKENS + i - 2);
                JsonNode at =
                        index < PROMPT_TOKENS
                                ? json.required("promptTokens").get(index)
                                : json.required("tokens").get(index - PROMPT_TOKENS);
                assertThat(share.required("token")).isEqualTo(at.required("token"));
                assertThat(share.required("weight").doubleValue()).isBetween(0.0, 1.0);
            }
        }
        assertThat(told.toString()).isNotEmpty();
        assertThat(greedyText).startsWith(told.toString());
    }

    @Test
    void printsUnderEachTokenWhatMattered() {
        assertThat(generate(prompt, "--max-tokens", "3", "--watch")).isZero();
        assertThat(out.toString().lines())
                .hasSize(3)
                .allMatch(line -> line.matches("\\S+ +← (\\S+ 0\\.\\d\\d *){3}"));
    }

    @Test
    void stopsAtAString() {
        String stop = greedyText.substring(4, 6);
        assertThat(generate(prompt, "--stop", stop)).isZero();
        assertThat(out.toString().strip())
                .isEqualTo(prompt + greedyText.substring(0, greedyText.indexOf(stop)));
    }

    /** Of a model whose tokenizer puts nothing before the text. */
    @Test
    void refusesAnEmptyPrompt() {
        assertThat(generate("", "--model", MODELS.resolve("gpt2").toString()))
                .isEqualTo(Heed.BAD_INPUT);
        assertThat(err.toString()).contains("the prompt is empty").hasLineCount(1);
    }

    @Test
    void saysWhenTheContextIsFull() {
        assertThat(generate(prompt, "--max-tokens", "500")).isZero();
        assertThat(err.toString())
                .isEqualTo("heed: the model reads 48 tokens, and they are full\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "w1; --temperature -1; a temperature cannot be -1.0",
                "w1; --max-tokens 0; --max-tokens must be at least 1, not 0",
                "w1; --model /nosuch; there is no model '/nosuch'",
                "w1; --model minilm; minilm is an encoder, which generates no text: take shakespeare",
            })
    void saysWhatIsWrong(String text, String options, String message) {
        assertThat(generate(text, options.split(" ", -1))).isEqualTo(Heed.BAD_INPUT);
        assertThat(err.toString()).contains(message).hasLineCount(1);
    }

    private int generate(String text, String... options) {
        Stream<String> given =
                Arrays.asList(options).contains("--model")
                        ? Stream.of("generate", text)
                        : Stream.of("generate", text, "--model", MODEL.toString());
        String[] all = Stream.concat(given, Arrays.stream(options)).toArray(String[]::new);
        CommandLine command = Heed.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(all);
    }
}

package heed.app.embed;

import static heed.app.Run.assertRefused;
import static heed.app.Run.heed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import heed.app.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code heed embed} with folders of sentence-transformers, against what that says of them. */
class EmbedSentenceTransformersTest {
    private static final Path RESOURCES =
            Path.of("../transformer/src/test/resources/heed/transformer");
    private static final Path CASES = RESOURCES.resolve("embed");
    private static final Path MODELS = RESOURCES.resolve("golden");

    @TempDir private Path folder = Path.of("");

    /** Puts a case of {@code make_vectors.py} together in the folder. */
    private JsonNode write(String name) throws IOException {
        JsonNode json = golden(name);
        Path model = MODELS.resolve(json.required("model").stringValue());
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            Files.copy(model.resolve(file), folder.resolve(file));
        }
        for (Map.Entry<String, JsonNode> file : json.required("files").properties()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.resolveSibling(""));
            if (file.getValue().isString()) {
                Files.copy(CASES.resolve(file.getValue().stringValue().substring(1)), path);
            } else {
                Files.writeString(path, file.getValue().toString());
            }
        }
        return json;
    }

    private static JsonNode golden(String name) throws IOException {
        return JsonMapper.shared().readTree(Files.readAllBytes(CASES.resolve(name + ".json")));
    }

    private Run embed(JsonNode call, String... options) {
        List<String> arguments = new ArrayList<>(List.of("embed"));
        call.required("texts").forEach(text -> arguments.add(text.stringValue()));
        arguments.addAll(List.of("--model", folder.toString()));
        arguments.addAll(List.of(options));
        return heed(arguments.toArray(String[]::new));
    }

    private static List<double[]> vectors(Run run) {
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        return run.out()
                .lines()
                .map(line -> numbers(JsonMapper.shared().readTree(line).required("vector")))
                .toList();
    }

    private static double[] numbers(JsonNode list) {
        return list.valueStream().mapToDouble(JsonNode::doubleValue).toArray();
    }

    private static void assertVectors(Run run, JsonNode call) {
        List<double[]> vectors = vectors(run);
        assertThat(vectors).hasSize(call.required("texts").size());
        for (int i = 0; i < vectors.size(); i++) {
            assertThat(vectors.get(i))
                    .as(call.required("texts").get(i).stringValue())
                    .containsExactly(numbers(call.required("vectors").get(i)), within(2e-5));
        }
    }

    @Test
    void promptsAreTheModelsOwnOrGiven() throws IOException {
        JsonNode calls = write("prompts").required("calls");

        assertVectors(embed(calls.get(0)), calls.get(0));
        assertVectors(embed(calls.get(1), "--prompt", "query"), calls.get(1));
        assertVectors(embed(calls.get(2), "--prompt", "document"), calls.get(2));
        assertVectors(embed(calls.get(3), "--prompt", "2 cats: "), calls.get(3));
    }

    @Test
    void aDefaultPromptGoesBeforeTextsUnlessAnotherIsAskedFor() throws IOException {
        JsonNode calls = write("prompts-default").required("calls");

        assertVectors(embed(calls.get(0)), calls.get(0));
        assertVectors(embed(calls.get(1), "--prompt", "query"), calls.get(1));
        assertVectors(embed(calls.get(0), "--prompt", "a cat: "), calls.get(0));
    }

    @Test
    void aLongTextIsRefusedOrCut() throws IOException {
        JsonNode call = write("cut").required("calls").get(0);

        assertVectors(embed(call, "--truncate"), call);
        assertRefused(embed(call), "text 1 has 14 tokens", "takes at most 12", "--truncate");
    }

    @Test
    void poolingIsOverruled() throws IOException {
        JsonNode mean = write("older-none").required("calls").get(0);
        JsonNode cls = golden("older-cls").required("calls").get(0);
        assertThat(cls.required("texts")).isEqualTo(mean.required("texts"));

        assertVectors(embed(mean), mean);
        assertVectors(embed(mean, "--pooling", "cls"), cls);
        List<double[]> both = vectors(embed(mean, "--pooling", "cls,mean"));
        for (int i = 0; i < both.size(); i++) {
            int text = i;
            double[] expected =
                    Stream.of(cls, mean)
                            .map(call -> numbers(call.required("vectors").get(text)))
                            .flatMapToDouble(Arrays::stream)
                            .toArray();
            assertThat(both.get(i)).containsExactly(expected, within(2e-5));
        }
    }

    @Test
    void aPoolingThatDoesNotGoWithTheModelIsRefused() throws IOException {
        JsonNode call = write("dense-tanh").required("calls").get(0);

        assertVectors(embed(call), call);
        assertRefused(
                embed(call, "--pooling", "cls,mean"),
                "2_Dense takes vectors of 32 numbers",
                "have 64",
                "take another --pooling");
    }

    @Test
    void aFolderThatDoesNotSayHowItPoolsIsSaidToBeOne() throws IOException {
        JsonNode call = write("no-modules-qwen3").required("calls").get(0);

        Run run = embed(call);
        assertThat(run.err())
                .isEqualToIgnoringNewLines(
                        "heed: the files of %s do not say how its states become a vector: lasttoken is taken, --pooling names another"
                                .formatted(folder));
        assertVectors(new Run(run.exit(), run.out(), ""), call);
        assertVectors(embed(call, "--pooling", "lasttoken"), call);
        assertRefused(embed(call, "--prompt", "query"), "no prompts", "leave --prompt out");
    }

    @Test
    void aFolderThatCannotBeUsedIsRefused() throws IOException {
        JsonNode call = write("newer-several").required("calls").get(0);
        Path pooling = folder.resolve("1_Pooling/config.json");

        Files.writeString(pooling, "{\"pooling_mode\": \"median\"}");
        assertRefused(embed(call), pooling.toString(), "there is no pooling 'median'");
        Files.writeString(pooling, "{");
        assertRefused(embed(call), pooling.toString(), "is not JSON");
        Files.delete(pooling);
        assertRefused(embed(call), pooling.toString(), "is missing");
    }
}

package heed.transformer.generate;

import static org.assertj.core.api.Assertions.assertThat;

import heed.transformer.checkpoint.GgufFile;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.generate.TextGenerator.Result;
import heed.transformer.generate.TextGenerator.Step;
import heed.transformer.generate.TextGenerator.Stop;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.CausalModel;
import heed.transformer.model.CausalModels;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A tiny random Llama, and a tokenizer that knows all of its ids. */
final class TextGeneratorTest {
    private static final Path RESOURCES = Path.of("src/test/resources/heed/transformer");
    private static final Path MODEL = RESOURCES.resolve("model/causal/llama");

    private final int[] prompt = ids("ids");
    private final int[] greedy = ids("greedy");

    @Test
    void goesOnAsTransformersDoes() throws IOException {
        try (PretrainedDecoder decoder = decoder(Set.of())) {
            List<Step> told = new ArrayList<>();
            Result result = generate(decoder, greedy.length, List.of(), told);

            assertThat(result.steps().stream().mapToInt(Step::id).toArray()).isEqualTo(greedy);
            assertThat(result.stop()).isEqualTo(Stop.LENGTH);
            assertThat(told).isEqualTo(result.steps());
            assertThat(result.text()).startsWith(text(told));
            for (Step step : told) {
                assertThat(step.top()).hasSize(5);
                assertThat(step.top().getFirst().id()).isEqualTo(step.id());
                assertThat(step.top().getFirst().logprob()).isEqualTo(step.logprob());
            }
        }
    }

    @Test
    void logProbabilitiesAreThoseOfTheModel() throws IOException {
        try (PretrainedDecoder decoder = decoder(Set.of())) {
            JsonNode last = golden().required("logits").get(prompt.length - 1);
            double sum = 0;
            for (JsonNode logit : last) {
                sum += Math.exp(logit.doubleValue());
            }
            Step first = generate(decoder, 1, List.of(), new ArrayList<>()).steps().getFirst();
            double expected = last.get(greedy[0]).doubleValue() - Math.log(sum);

            assertThat(Math.abs(first.logprob() - expected)).isLessThan(1e-4);
        }
    }

    @Test
    void endsWhereTheModelEnds() throws IOException {
        int end = greedy[4];
        int at = 0;
        while (greedy[at] != end) {
            at++;
        }
        try (PretrainedDecoder decoder = decoder(Set.of(end))) {
            Result result = generate(decoder, greedy.length, List.of(), new ArrayList<>());
            assertThat(result.stop()).isEqualTo(Stop.END);
            assertThat(result.steps()).hasSize(at);
        }
    }

    @Test
    void endsAtAStopString() throws IOException {
        try (PretrainedDecoder decoder = decoder(Set.of())) {
            String whole = generate(decoder, 12, List.of(), new ArrayList<>()).text();
            String stop = whole.substring(4, 6);
            Result result = generate(decoder, 12, List.of(stop), new ArrayList<>());

            assertThat(result.stop()).isEqualTo(Stop.STRING);
            assertThat(result.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
            assertThat(result.steps()).hasSizeLessThan(12);
        }
    }

    @Test
    void endsWhereTheContextIsFull() throws IOException {
        try (PretrainedDecoder decoder = decoder(Set.of())) {
            int most = decoder.model().positions();
            Result result = generate(decoder, 2 * most, List.of(), new ArrayList<>());
            assertThat(result.stop()).isEqualTo(Stop.CONTEXT);
            assertThat(result.steps()).hasSize(most - prompt.length + 1);
        }
    }

    private Result generate(
            PretrainedDecoder decoder, int most, List<String> stops, List<Step> told) {
        return new TextGenerator(decoder)
                .generate(
                        prompt,
                        most,
                        new Sampler(Sampler.Settings.GREEDY),
                        stops,
                        AttentionProbe.none(),
                        told::add);
    }

    private static String text(List<Step> steps) {
        StringBuilder text = new StringBuilder();
        steps.forEach(step -> text.append(step.text()));
        return text.toString();
    }

    private static PretrainedDecoder decoder(Set<Integer> ends) throws IOException {
        CausalModel model =
                CausalModels.open(
                        new ModelFolder(
                                MODEL,
                                MODEL.resolve("config.json"),
                                MODEL.resolve("tokenizer.json"),
                                MODEL.resolve("model.safetensors")));
        GgufFile file = GgufFile.open(RESOURCES.resolve("tokenizer/gpt-2.gguf"));
        return new PretrainedDecoder("tiny", model, Tokenizer.of(file), ends);
    }

    private static int[] ids(String key) {
        JsonNode list = golden().required(key);
        int[] ids = new int[list.size()];
        Arrays.setAll(ids, i -> list.get(i).intValue());
        return ids;
    }

    private static JsonNode golden() {
        try {
            return JsonMapper.shared().readTree(Files.readAllBytes(MODEL.resolve("golden.json")));
        } catch (IOException e) {
            throw new AssertionError("run make_causal_models.py", e);
        }
    }
}

package heed.transformer.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.attention.BFloat16Heads;
import heed.attention.KvCache;
import heed.transformer.generate.TextGenerator.Result;
import heed.transformer.generate.TextGenerator.Step;
import heed.transformer.generate.TextGenerator.Stop;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.testing.GoldenModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;

/** Tiny random decoders with their tokenizers: see {@code golden/README.md}. */
final class TextGeneratorTest {
    private static final String DECODERS = "heed.transformer.testing.GoldenModel#DECODERS";

    private final GoldenModel llama = GoldenModel.open("llama");
    private final int[] prompt = llama.ids();
    private final int[] greedy = llama.greedy();

    @ParameterizedTest
    @FieldSource(DECODERS)
    void goesOnAsTransformersDoes(String name) throws IOException {
        GoldenModel golden = GoldenModel.open(name);
        try (PretrainedDecoder decoder = PretrainedDecoder.open(golden.folder())) {
            List<Step> told = new ArrayList<>();
            int[] ids = decoder.tokenizer().encode(golden.text()).ids();
            Result result = generate(decoder, ids, golden.greedy().length, List.of(), told);

            assertThat(result.steps().stream().mapToInt(Step::id).toArray())
                    .isEqualTo(golden.greedy());
            assertThat(result.text()).isEqualTo(golden.greedyText());
            assertThat(result.stop()).isEqualTo(Stop.LENGTH);
            assertThat(told).isEqualTo(result.steps());
            assertThat(text(told)).isEqualTo(result.text());
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
            JsonNode last = llama.json().required("logits");
            double sum = 0;
            for (JsonNode logit : last) {
                sum += Math.exp(logit.doubleValue());
            }
            Step first =
                    generate(decoder, prompt, 1, List.of(), new ArrayList<>()).steps().getFirst();
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
            Result result = generate(decoder, prompt, greedy.length, List.of(), new ArrayList<>());
            assertThat(result.stop()).isEqualTo(Stop.END);
            assertThat(result.steps()).hasSize(at);
        }
    }

    @Test
    void endsAtAStopString() throws IOException {
        try (PretrainedDecoder decoder = decoder(Set.of())) {
            String whole = generate(decoder, prompt, 12, List.of(), new ArrayList<>()).text();
            String stop = whole.substring(4, 6);
            Result result = generate(decoder, prompt, 12, List.of(stop), new ArrayList<>());

            assertThat(result.stop()).isEqualTo(Stop.STRING);
            assertThat(result.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
            assertThat(result.steps()).hasSizeLessThan(12);
        }
    }

    @Test
    void endsWhereTheContextIsFull() throws IOException {
        try (PretrainedDecoder decoder = decoder(Set.of())) {
            int most = decoder.model().positions();
            Result result = generate(decoder, prompt, 2 * most, List.of(), new ArrayList<>());
            assertThat(result.stop()).isEqualTo(Stop.CONTEXT);
            assertThat(result.steps()).hasSize(most - prompt.length + 1);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, FLOAT32", "5, FLOAT32", "24, FLOAT32", "5, BFLOAT16"})
    void readsThePromptInTiles(int tile, KvCache.Storage storage) throws IOException {
        List<Integer> keys = new ArrayList<>();
        try (PretrainedDecoder decoder = decoder(Set.of())) {
            Result result =
                    new TextGenerator(decoder, tile, 5)
                            .generate(
                                    prompt,
                                    3,
                                    new Sampler(Sampler.Settings.GREEDY),
                                    storage,
                                    List.of(),
                                    (layer, input, output) -> {
                                        assertThat(input.k() instanceof BFloat16Heads)
                                                .isEqualTo(storage == KvCache.Storage.BFLOAT16);
                                        if (layer == 0) {
                                            keys.add(input.k().rows());
                                        }
                                    },
                                    step -> {});
            assertThat(result.steps().stream().mapToInt(Step::id))
                    .containsExactly(greedy[0], greedy[1], greedy[2]);
        }
        List<Integer> expected = new ArrayList<>();
        for (int read = tile; read < prompt.length; read += tile) {
            expected.add(read);
        }
        expected.addAll(List.of(prompt.length, prompt.length + 1, prompt.length + 2));
        assertThat(keys).isEqualTo(expected);
    }

    @Test
    void refusesAPromptThatTheModelCannotRead() throws IOException {
        try (PretrainedDecoder decoder = decoder(Set.of())) {
            assertThatThrownBy(
                            () -> generate(decoder, new int[49], 1, List.of(), new ArrayList<>()))
                    .hasMessage("a prompt of 49 tokens, the model reads 1 to 48");
        }
    }

    private static Result generate(
            PretrainedDecoder decoder,
            int[] prompt,
            int most,
            List<String> stops,
            List<Step> told) {
        return new TextGenerator(decoder)
                .generate(
                        prompt,
                        most,
                        new Sampler(Sampler.Settings.GREEDY),
                        KvCache.Storage.FLOAT32,
                        stops,
                        AttentionProbe.none(),
                        told::add);
    }

    private static String text(List<Step> steps) {
        StringBuilder text = new StringBuilder();
        steps.forEach(step -> text.append(step.text()));
        return text.toString();
    }

    private PretrainedDecoder decoder(Set<Integer> ends) throws IOException {
        PretrainedDecoder whole = PretrainedDecoder.open(llama.folder());
        return new PretrainedDecoder(
                whole.name(), whole.model(), whole.tokenizer(), ends, whole.chat());
    }
}

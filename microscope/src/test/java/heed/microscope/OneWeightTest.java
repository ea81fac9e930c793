package heed.microscope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That the numbers of a weight lead to it, and to what the model went on with. */
final class OneWeightTest {
    private static final String TEXT = "The cat sat, and she looked.";

    @ParameterizedTest
    @CsvSource({
        "minilm, 3, 1, 4, 2",
        "minilm, 0, 11, 1, 0",
        "shakespeare, 2, 5, 9, 3",
        "shakespeare, 0, 0, 3, 9",
    })
    void everyStepFollowsFromTheOneBefore(String name, int layer, int head, int query, int key)
            throws IOException {
        try (PretrainedModel model = PretrainedModel.open(name)) {
            List<Float> given = new ArrayList<>();
            Tokens tokens = model.tokenizer().encode(TEXT);
            model.read(
                    tokens,
                    (at, input, output) -> {
                        for (int c = 0; at == layer && c < output.out().columns(); c++) {
                            given.add(output.out().get(head, query, c));
                        }
                    });
            ModelRun run = ModelRun.of(model, tokens, AttentionTrace.ofAll(), Listener.none());

            OneWeight one = OneWeight.of(run, new HeadId(layer, head), query, key);

            int n = tokens.size();
            double dot = 0;
            for (int c = 0; c < one.q().length; c++) {
                dot += (double) one.q()[c] * one.k()[c];
            }
            assertThat(one.dot()).isCloseTo(dot, within(1e-9));
            assertThat((double) one.scale()).isCloseTo(1 / Math.sqrt(one.q().length), within(1e-7));
            boolean hidden = model.isCausal() && key > query;
            assertThat(one.hidden()).isEqualTo(hidden);
            if (!hidden) {
                assertThat((double) one.scores()[key])
                        .isCloseTo(dot * one.scale() + one.bias(), within(1e-4));
            }
            double sum = 0;
            for (float score : one.scores()) {
                sum += Math.exp(score);
            }
            for (int j = 0; j < n; j++) {
                assertThat((double) one.weights()[j])
                        .isCloseTo(Math.exp(one.scores()[j]) / sum, within(1e-5));
            }
            float[][] parts =
                    model.attention().get(layer).contributions(run.trace().values(layer), head);
            for (int i = 0; i < one.added().length; i++) {
                double added = 0;
                for (int j = 0; j < n; j++) {
                    added += (double) one.weights()[j] * parts[j][i];
                }
                assertThat((double) one.added()[i]).isCloseTo(added, within(1e-4));
            }
            assertThat(one.added()).hasSize(model.attention().get(layer).features());
            assertThat(one.out()).hasSize(given.size());
            for (int c = 0; c < given.size(); c++) {
                assertThat(one.v()[c]).isEqualTo(run.trace().values(layer).get(head, key, c));
                assertThat((double) one.out()[c]).isCloseTo(given.get(c), within(1e-4));
            }
        }
    }

    @Test
    void whatIsNotThereIsRefused() throws IOException {
        try (PretrainedModel model = PretrainedModel.open("shakespeare")) {
            ModelRun run =
                    ModelRun.of(
                            model,
                            model.tokenizer().encode("abc"),
                            AttentionTrace.ofAll(),
                            Listener.none());
            assertThatExceptionOfType(QuestionException.class)
                    .isThrownBy(() -> OneWeight.of(run, new HeadId(6, 0), 0, 0))
                    .withMessage("there is no head L6H0: shakespeare has 6 layers of 6 heads");
            assertThatExceptionOfType(QuestionException.class)
                    .isThrownBy(() -> OneWeight.of(run, new HeadId(0, 0), 3, 0))
                    .withMessage("there is no pair of tokens 3 and 0: there are tokens 0 to 2");
        }
    }
}

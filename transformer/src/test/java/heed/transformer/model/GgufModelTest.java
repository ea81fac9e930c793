package heed.transformer.model;

import static heed.transformer.testing.Differences.largest;
import static heed.transformer.testing.Differences.largestScaled;
import static org.assertj.core.api.Assertions.assertThat;

import heed.transformer.testing.GoldenModel;
import heed.transformer.testing.SeenWeights;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models that the package gguf has written, under the names that it has for tensors and settings:
 * see {@code golden/make_gguf.py}. What {@code transformers} says of their folders holds for them.
 */
final class GgufModelTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(strings = {"gemma3", "phi3"})
    void aDecoderIsTheSameInEitherLayout(String name) throws IOException {
        GoldenModel golden = GoldenModel.open(name);
        try (PretrainedModel opened =
                PretrainedModel.open(golden.folder().resolve("model.gguf").toString())) {
            CausalModel model = ((PretrainedDecoder) opened).model();
            assertThat(opened.tokenizer().encode(golden.text()).ids()).isEqualTo(golden.ids());
            SeenWeights seen = new SeenWeights();
            float[] logits = model.logits(model.forward(golden.ids(), model.newCaches(), seen));
            int n = golden.ids().length;
            assertThat(largestScaled(logits, golden.tensors().get("logits", n, model.vocabulary())))
                    .isLessThan(TOLERANCE);
            assertThat(largest(seen.all(), golden.tensors().get("attentions").data()))
                    .isLessThan(TOLERANCE);
        }
    }

    @Test
    void anEncoderIsTheSameInEitherLayout() throws IOException {
        GoldenModel golden = GoldenModel.open("gemma3-embedding");
        try (PretrainedModel opened =
                PretrainedModel.open(golden.folder().resolve("model.gguf").toString())) {
            assertThat(opened.isCausal()).isFalse();
            Tokens tokens = opened.tokenizer().encode(golden.text());
            assertThat(tokens.ids()).isEqualTo(golden.ids());
            SeenWeights seen = new SeenWeights();
            float[] hidden = opened.read(tokens, seen);
            assertThat(largestScaled(hidden, golden.tensors().get("hidden").data()))
                    .isLessThan(TOLERANCE);
            assertThat(largest(seen.all(), golden.tensors().get("attentions").data()))
                    .isLessThan(TOLERANCE);
        }
    }
}

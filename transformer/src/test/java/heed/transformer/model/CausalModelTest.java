package heed.transformer.model;

import static heed.transformer.testing.Differences.largest;
import static heed.transformer.testing.Differences.largestScaled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import heed.attention.KvCache;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ModelFolder;
import heed.transformer.checkpoint.SafetensorsWriter;
import heed.transformer.checkpoint.Tensor;
import heed.transformer.generate.TextGenerator;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.testing.GoldenModel;
import heed.transformer.testing.SeenWeights;
import heed.transformer.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Against what {@code transformers} says of tiny decoders: see {@code golden/README.md}. */
final class CausalModelTest {
    private static final String DECODERS = "heed.transformer.testing.GoldenModel#DECODERS";
    private static final double TOLERANCE = 1e-4;

    /**
     * Of logits up to 12. Keys and values are off by 1/512 of themselves at most, but scores of
     * these models are large, and what a layer puts out goes through the next.
     */
    private static final double BFLOAT16_TOLERANCE = 0.25;

    @Test
    void thereAreNoOtherGoldenModels() throws IOException {
        try (Stream<Path> files = Files.list(GoldenModel.ALL)) {
            assertThat(
                            files.filter(f -> Files.exists(f.resolve("config.json")))
                                    .map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(
                            Stream.of(GoldenModel.DECODERS, GoldenModel.ENCODERS)
                                    .flatMap(List::stream)
                                    .toList());
        }
    }

    @ParameterizedTest
    @FieldSource(DECODERS)
    void itsTokenizerReadsTheText(String name) throws IOException {
        GoldenModel golden = GoldenModel.open(name);
        try (Tokenizer tokenizer = Tokenizer.open(golden.folder().resolve("tokenizer.json"))) {
            assertThat(tokenizer.encode(golden.text()).ids()).isEqualTo(golden.ids());
        }
    }

    @ParameterizedTest
    @FieldSource(DECODERS)
    void agreesWithTransformers(String name) throws IOException {
        GoldenModel golden = GoldenModel.open(name);
        CausalModel model = open(golden);
        SeenWeights seen = new SeenWeights();
        float[] logits = model.logits(model.forward(golden.ids(), model.newCaches(), seen));

        assertThat(largestScaled(logits, logits(golden, model))).isLessThan(TOLERANCE);
        int n = golden.ids().length;
        float[] weights =
                golden.tensors().get("attentions", seen.layers().size(), model.heads(), n, n);
        assertThat(largest(seen.all(), weights)).isLessThan(TOLERANCE);
    }

    @ParameterizedTest
    @FieldSource(DECODERS)
    void aCacheChangesNothing(String name) throws IOException {
        GoldenModel golden = GoldenModel.open(name);
        CausalModel model = open(golden);
        float[] expected = logits(golden, model);
        int n = golden.ids().length;
        for (int[] parts : parts(n)) {
            LayerCaches caches = model.newCaches();
            float[] logits = logitsInParts(model, caches, golden.ids(), parts);

            assertThat(caches.length()).isEqualTo(n);
            assertThat(largestScaled(logits, expected))
                    .as("in parts of %s", Arrays.toString(parts))
                    .isLessThan(TOLERANCE);
        }
    }

    @ParameterizedTest
    @FieldSource(DECODERS)
    void aCacheInBFloat16ChangesLittle(String name) throws IOException {
        GoldenModel golden = GoldenModel.open(name);
        CausalModel model = open(golden);
        float[] expected = logits(golden, model);
        for (int[] parts : parts(golden.ids().length)) {
            float[] logits = logitsInParts(model, bfloat16Caches(model), golden.ids(), parts);
            assertThat(largestScaled(logits, expected))
                    .as("in parts of %s", Arrays.toString(parts))
                    .isBetween(TOLERANCE, BFLOAT16_TOLERANCE);
        }
    }

    /**
     * A text that becomes long while it is read is read anew, as one that was long from the start.
     */
    @Test
    void aTextThatBecomesLongIsTurnedAsALongOne() throws IOException {
        GoldenModel golden = GoldenModel.open("phi3-older");
        CausalModel model = open(golden);
        int[] ids = golden.ids();
        LayerCaches caches = model.newCaches();
        model.forward(Arrays.copyOf(ids, 10), caches, AttentionProbe.none());
        int[] rest = Arrays.copyOfRange(ids, 10, ids.length);
        float[] logits = model.logits(model.forward(rest, caches, AttentionProbe.none()));

        float[] all = logits(golden, model);
        float[] expected = Arrays.copyOfRange(all, 10 * model.vocabulary(), all.length);
        assertThat(largestScaled(logits, expected)).isLessThan(TOLERANCE);

        caches.truncate(10);
        float[] again =
                model.logits(model.forward(new int[] {ids[10]}, caches, AttentionProbe.none()));
        LayerCaches fresh = model.newCaches();
        float[] isShort =
                model.logits(model.forward(Arrays.copyOf(ids, 11), fresh, AttentionProbe.none()));
        assertThat(
                        largestScaled(
                                again,
                                Arrays.copyOfRange(
                                        isShort, 10 * model.vocabulary(), isShort.length)))
                .isLessThan(TOLERANCE);
    }

    /** As a model is kept that was trained to make vectors: its body alone. */
    @Test
    void aBodyWithoutAnOutputLayerMakesHiddenStates(@TempDir Path folder) throws IOException {
        GoldenModel golden = GoldenModel.open("llama");
        SafetensorsWriter body = new SafetensorsWriter();
        for (String name : golden.weights().names()) {
            if (name.startsWith("model.")) {
                Tensor tensor = golden.weights().get(name);
                body.put(name.substring("model.".length()), tensor.shape(), tensor.data());
            }
        }
        body.write(folder.resolve("model.safetensors"));
        for (String file : List.of("config.json", "tokenizer.json")) {
            Files.copy(golden.folder().resolve(file), folder.resolve(file));
        }
        try (PretrainedDecoder decoder = PretrainedDecoder.open(folder)) {
            float[] hidden = decoder.read(golden.ids(), AttentionProbe.none());
            float[] whole =
                    open(golden)
                            .forward(golden.ids(), open(golden).newCaches(), AttentionProbe.none());
            assertThat(hidden).isEqualTo(whole);
            assertThat(decoder.model().hasLogits()).isFalse();
            assertThatIllegalStateException()
                    .isThrownBy(() -> decoder.model().logits(hidden))
                    .withMessage("the model has no output layer");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new TextGenerator(decoder))
                    .withMessageEndingWith("it makes vectors of texts, and writes none");
        }
    }

    @Test
    void refusesMoreTokensThanItReads() throws IOException {
        CausalModel model = open(GoldenModel.open("gpt2"));
        LayerCaches caches = model.newCaches();
        model.forward(new int[40], caches, AttentionProbe.none());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.forward(new int[9], caches, AttentionProbe.none()))
                .withMessage("the model reads 1 to 48 tokens, not 49");
        assertThat(caches.length()).isEqualTo(40);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.forward(new int[] {300}, caches, AttentionProbe.none()))
                .withMessage("token 0 has id 300, the vocabulary has ids 0 to 299");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "llama; \"model_type\": \"llama\"; \"model_type\": \"bloom\"; the model is of type bloom",
                "llama; \"num_hidden_layers\": 2; \"num_hidden_layers\": 3; has no tensor model.layers.2.",
                "llama; \"hidden_size\": 32; \"hidden_size\": 0; hidden_size should be a number of 1 at least, not 0",
                "llama; \"rope_type\": \"default\"; \"rope_type\": \"dynamic\"; positions are scaled by dynamic",
                "llama; \"rope_type\": \"default\"; \"rope_type\": \"default\", \"partial_rotary_factor\": 1.5; 1.5 of 8 features cannot be turned",
                "phi3; 1.5; 1.5, 2.0; 5 divisors for 4 frequencies",
                "gemma3; \"attn_logit_softcapping\": null; \"attn_logit_softcapping\": 50.0; attn_logit_softcapping is set",
                "gpt-neox; \"num_attention_heads\": 4; \"num_attention_heads\": 7; 32 hidden features are not a multiple of 7 heads",
                "gpt2; \"n_inner\": 48; \"n_inner\": null; tensor transformer.h.0.mlp.c_fc.weight has shape [32, 48], not [32, 128]",
            })
    void refusesWhatItCannotRead(
            String name, String from, String to, String message, @TempDir Path folder)
            throws IOException {
        Path model = GoldenModel.open(name).folder();
        for (String file : List.of("tokenizer.json", "model.safetensors")) {
            Files.copy(model.resolve(file), folder.resolve(file));
        }
        String config = Files.readString(model.resolve("config.json"));
        assertThat(config).contains(from);
        Files.writeString(folder.resolve("config.json"), config.replace(from, to));

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> CausalModels.open(ModelFolder.of(folder)))
                .withMessageContaining(message);
    }

    private static CausalModel open(GoldenModel golden) throws IOException {
        return CausalModels.open(ModelFolder.of(golden.folder()));
    }

    /** The expected logits {@code [n, vocabulary]}. */
    private static float[] logits(GoldenModel golden, CausalModel model)
            throws CheckpointException {
        return golden.tensors().get("logits", golden.ids().length, model.vocabulary());
    }

    /** Ways to give n tokens one part after the other: at last token by token. */
    private static List<int[]> parts(int n) {
        int[] ones = new int[n];
        Arrays.fill(ones, 1);
        return List.of(new int[] {1, n - 1}, new int[] {7, 5, n - 12}, new int[] {n - 1, 1}, ones);
    }

    private static float[] logitsInParts(
            CausalModel model, LayerCaches caches, int[] ids, int[] parts) {
        float[] logits = new float[ids.length * model.vocabulary()];
        caches.expect(ids.length);
        int from = 0;
        for (int part : parts) {
            int[] next = Arrays.copyOfRange(ids, from, from + part);
            float[] of = model.logits(model.forward(next, caches, AttentionProbe.none()));
            System.arraycopy(of, 0, logits, from * model.vocabulary(), of.length);
            from += part;
        }
        return logits;
    }

    private static LayerCaches bfloat16Caches(CausalModel model) {
        return new LayerCaches(
                model.newCaches().layers().stream()
                        .map(
                                cache ->
                                        new KvCache(
                                                cache.keys().heads(),
                                                cache.keys().columns(),
                                                cache.values().columns(),
                                                0,
                                                KvCache.Storage.BFLOAT16))
                        .toList());
    }
}

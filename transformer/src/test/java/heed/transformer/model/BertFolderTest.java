package heed.transformer.model;

import static heed.transformer.testing.Differences.largest;
import static heed.transformer.testing.Differences.largestScaled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.checkpoint.SafetensorsWriter;
import heed.transformer.checkpoint.Tensor;
import heed.transformer.checkpoint.Weights;
import heed.transformer.layer.Activation;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.testing.GoldenModel;
import heed.transformer.testing.MiniLmFolder;
import heed.transformer.testing.SeenWeights;
import heed.transformer.testing.Texts;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Encoders as they are kept at Hugging Face: see {@code golden/README.md}. */
final class BertFolderTest {
    private static final double TOLERANCE = 1e-4;
    private static final double SAME_WEIGHTS = 1e-5;

    /** How far the hidden states of {@code bert} are with gelu_new, in {@code transformers} too. */
    private static final double GELU_NEW_FROM_GELU = 0.0010013;

    @TempDir private Path folder;

    @ParameterizedTest
    @FieldSource("heed.transformer.testing.GoldenModel#ENCODERS")
    void agreesWithTransformers(String name) throws IOException {
        GoldenModel golden = GoldenModel.open(name);
        try (PretrainedEncoder bert = PretrainedEncoder.open(golden.folder().toString())) {
            Tokens tokens = bert.tokenizer().encode(golden.text());
            int n = golden.ids().length;
            assertThat(tokens.ids()).isEqualTo(golden.ids());

            SeenWeights seen = new SeenWeights();
            float[] hidden = bert.model().forward(tokens.ids(), seen);
            assertThat(largestScaled(hidden, golden.tensors().get("hidden", n, bert.hidden())))
                    .isLessThan(TOLERANCE);
            float[] weights =
                    golden.tensors().get("attentions", bert.attention().size(), bert.heads(), n, n);
            assertThat(largest(seen.all(), weights)).isLessThan(TOLERANCE);
        }
    }

    /** Each text of a pack has positions of its own, whichever is the first. */
    @ParameterizedTest
    @FieldSource("heed.transformer.testing.GoldenModel#ENCODERS")
    void readsTextsPackedAsItReadsThemAlone(String name) throws IOException {
        GoldenModel golden = GoldenModel.open(name);
        try (PretrainedEncoder bert = PretrainedEncoder.open(golden.folder().toString())) {
            int[] ids = golden.ids();
            int[] twice =
                    IntStream.range(0, 2 * ids.length).map(i -> ids[i % ids.length]).toArray();
            float[] packed =
                    bert.model()
                            .forward(
                                    twice,
                                    new int[] {ids.length, ids.length},
                                    AttentionProbe.none());
            float[] alone = golden.tensors().get("hidden").data();
            float[] expected = new float[2 * alone.length];
            System.arraycopy(alone, 0, expected, 0, alone.length);
            System.arraycopy(alone, 0, expected, alone.length, alone.length);

            assertThat(largestScaled(packed, expected)).isLessThan(TOLERANCE);
        }
    }

    @Test
    void hasTheShapeOfItsConfiguration() throws IOException {
        assertThat(config("bert"))
                .isEqualTo(new Bert.Config(300, 48, 32, 48, 2, 4, 1e-12))
                .isEqualTo(config("bert-original"));
        assertThat(config("roberta"))
                .isEqualTo(new Bert.Config(300, 48, 2, 1, 32, 48, 2, 4, 1e-5, Activation.GELU));
        assertThat(config("distilbert"))
                .isEqualTo(new Bert.Config(300, 48, 0, 0, 32, 48, 2, 4, 1e-12, Activation.GELU));
    }

    @Test
    void robertaReadsFewerTokensThanItHasPositions() throws IOException {
        Encoder roberta = open("roberta");

        assertThat(roberta.forward(new int[48], AttentionProbe.none())).hasSize(48 * 32);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> roberta.forward(new int[49], AttentionProbe.none()))
                .withMessage("the model reads 1 to 48 tokens, not 49");
    }

    @Test
    void theDefaultModelIsTheSameInEitherLayout() throws IOException {
        MiniLmFolder.write(folder);
        try (PretrainedEncoder onnx = PretrainedEncoder.open(PretrainedEncoder.MINILM);
                PretrainedEncoder stored = PretrainedEncoder.open(folder.toString())) {
            assertThat(config(stored)).isEqualTo(config(onnx));
            List<String> texts = Texts.mixed();
            for (String text : texts) {
                int[] ids = onnx.tokenizer().encode(text).ids();
                assertThat(stored.tokenizer().encode(text).ids()).isEqualTo(ids);
                SeenWeights expected = new SeenWeights();
                SeenWeights seen = new SeenWeights();
                float[] hidden = onnx.model().forward(ids, expected);

                assertThat(largest(stored.model().forward(ids, seen), hidden))
                        .as(text)
                        .isLessThan(SAME_WEIGHTS);
                assertThat(largest(seen.all(), expected.all())).as(text).isLessThan(SAME_WEIGHTS);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bert, embeddings.token_type_embeddings.weight",
        "bert, encoder.layer.1.attention.self.key.weight",
        "bert, encoder.layer.0.output.LayerNorm.bias",
        "roberta, roberta.embeddings.position_embeddings.weight",
        "roberta, roberta.encoder.layer.1.intermediate.dense.bias",
        "distilbert, distilbert.transformer.layer.1.ffn.lin2.weight",
        "distilbert, distilbert.transformer.layer.0.sa_layer_norm.weight",
    })
    void namesTheTensorThatIsMissing(String name, String tensor) throws IOException {
        copyWithout(name, tensor).write(folder.resolve("model.safetensors"));

        assertRefused("model.safetensors has no tensor " + tensor);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "bert; encoder.layer.0.intermediate.dense.weight; has shape [2, 3], not [48, 32]",
                "bert; encoder.layer.0.output.dense.weight; has shape [2, 3], not [32, 48]",
                "roberta; roberta.embeddings.position_embeddings.weight; has shape [2, 3], not [50, 32]",
                "roberta; roberta.embeddings.token_type_embeddings.weight; has shape [2, 3], not [1, 32]",
                "distilbert; distilbert.transformer.layer.1.attention.out_lin.bias; has shape [2, 3], not [32]",
            })
    void namesBothShapesWhereTheyDiffer(String name, String tensor, String message)
            throws IOException {
        SafetensorsWriter copy = copyWithout(name, tensor);
        copy.put(tensor, List.of(2, 3), new float[6]);
        copy.write(folder.resolve("model.safetensors"));

        assertRefused("tensor %s %s".formatted(tensor, message));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bert | \"model_type\": \"bert\" | \"model_type\": \"t5\" | the model is of type t5; bert, roberta, xlm-roberta, camembert, distilbert, mpnet, modernbert, gemma3_text can be read",
                "bert | \"model_type\": \"bert\" | \"model_type\": null | the model is of type (none)",
                "bert | \"is_decoder\": false | \"is_decoder\": true | is_decoder is true; only encoders can be read",
                "roberta | \"is_decoder\": false | \"is_decoder\": true | is_decoder is true; only encoders can be read",
                "bert | \"bos_token_id\": null | \"position_embedding_type\": \"relative_key\" | position_embedding_type is relative_key; only absolute can be read",
                "bert | \"hidden_act\": \"gelu\" | \"hidden_act\": \"relu\" | hidden_act is relu; gelu, gelu_new and gelu_pytorch_tanh can be read",
                "distilbert | \"activation\": \"gelu\" | \"activation\": \"relu\" | activation is relu; gelu, gelu_new and gelu_pytorch_tanh can be read",
                "bert | \"num_attention_heads\": 4 | \"num_attention_heads\": 5 | config.json: 32 hidden features are not a multiple of 5 heads",
                "bert | \"hidden_size\": 32 | \"hidden_size\": 32.5 | hidden_size should be a number of 1 at least, not 32.5",
                "roberta | \"pad_token_id\": 1 | \"pad_token_id\": 49 | config.json: a BERT needs at least one of each, not 300 pieces, 0 positions",
            })
    void refusesWhatItCannotRead(String name, String from, String to, String message)
            throws IOException {
        Path model = GoldenModel.open(name).folder();
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            Files.copy(model.resolve(file), folder.resolve(file));
        }
        replaceInConfig(from, to);

        assertRefused(message);
    }

    @Test
    void readsSafetensorsWhereThereIsAnOnnxFileToo() throws IOException {
        copyWithout("bert", "pooler.dense.bias").write(folder.resolve("model.safetensors"));
        Files.writeString(folder.resolve("model.onnx"), "not read");

        try (PretrainedEncoder bert = PretrainedEncoder.open(folder.toString())) {
            assertThat(config(bert)).isEqualTo(config("bert"));
        }
    }

    @Test
    void namesADecoder() {
        String llama = GoldenModel.open("llama").folder().toString();

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> PretrainedEncoder.open(llama))
                .withMessageContaining("the model is of type llama; bert, roberta");
    }

    @Test
    void namesTheFileThatIsMissing() throws IOException {
        Path bert = GoldenModel.open("bert").folder();
        Files.copy(bert.resolve("config.json"), folder.resolve("config.json"));
        assertRefused(folder + " has no tokenizer.json");

        Files.copy(bert.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        assertRefused(folder + " has no model.safetensors and no model.safetensors.index.json");
    }

    @ParameterizedTest
    @CsvSource({"gelu_new", "gelu_pytorch_tanh"})
    void readsTheOtherGelu(String activation) throws IOException {
        copyWithout("bert", "pooler.dense.weight").write(folder.resolve("model.safetensors"));
        replaceInConfig("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"%s\"".formatted(activation));

        try (PretrainedEncoder bert = PretrainedEncoder.open(folder.toString())) {
            assertThat(config(bert).activation()).isEqualTo(Activation.GELU_TANH);
            float[] hidden =
                    bert.model().forward(GoldenModel.open("bert").ids(), AttentionProbe.none());
            float[] exact = GoldenModel.open("bert").tensors().get("hidden").data();
            assertThat(largest(hidden, exact)).isCloseTo(GELU_NEW_FROM_GELU, within(1e-5));
        }
    }

    private void assertRefused(String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> PretrainedEncoder.open(folder.toString()))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }

    /** A copy of a model, but one tensor, whose weights are not written yet. */
    private SafetensorsWriter copyWithout(String name, String without) throws IOException {
        Path from = GoldenModel.open(name).folder();
        for (String file : List.of("config.json", "tokenizer.json")) {
            Files.copy(from.resolve(file), folder.resolve(file));
        }
        Weights weights = SafetensorsFile.open(from.resolve("model.safetensors")).weights();
        assertThat(weights.has(without)).isTrue();
        SafetensorsWriter copy = new SafetensorsWriter();
        for (String each : weights.names()) {
            if (!each.equals(without)) {
                Tensor tensor = weights.get(each);
                copy.put(each, tensor.shape(), tensor.data());
            }
        }
        return copy;
    }

    private void replaceInConfig(String from, String to) throws IOException {
        Path file = folder.resolve("config.json");
        String config = Files.readString(file);
        assertThat(config).contains(from);
        Files.writeString(file, config.replace(from, to));
    }

    private static Bert.Config config(String name) throws IOException {
        return ((Bert) open(name)).config();
    }

    private static Bert.Config config(PretrainedEncoder encoder) {
        return ((Bert) encoder.model()).config();
    }

    private static Encoder open(String name) throws IOException {
        try (PretrainedEncoder bert =
                PretrainedEncoder.open(GoldenModel.open(name).folder().toString())) {
            return bert.model();
        }
    }
}

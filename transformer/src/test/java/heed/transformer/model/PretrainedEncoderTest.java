package heed.transformer.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.testing.GgufBytes;
import heed.transformer.testing.TinyBert;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PretrainedEncoderTest {
    private static final int VOCABULARY = 30522;

    private static byte[] tokenizer;

    @TempDir private Path folder;

    @BeforeAll
    static void readTokenizer() throws IOException {
        try (InputStream stream =
                PretrainedEncoderTest.class.getResourceAsStream(
                        "/heed-minilm/all-minilm-l6-v2-tokenizer.json")) {
            assertThat(stream).isNotNull();
            tokenizer = stream.readAllBytes();
        }
    }

    @Test
    void theDefaultModelIsThere() throws IOException {
        try (PretrainedEncoder bert = PretrainedEncoder.open("minilm")) {
            assertThat(bert.name()).isEqualTo("minilm");
            assertThat(((Bert) bert.model()).config())
                    .isEqualTo(new Bert.Config(30522, 512, 384, 1536, 6, 12, 1e-12));
        }
    }

    @Test
    void opensAFolder() throws IOException {
        write("tiny.onnx", TinyBert.model(VOCABULARY).build().toByteArray());
        write("tokenizer.json", tokenizer);
        assertOpensAndRuns(folder);

        write("model.safetensors", new byte[0]);
        assertOpensAndRuns(folder);
    }

    @Test
    void opensAFileWithItsOwnTokenizer() throws IOException {
        Path file = write("tiny.onnx", TinyBert.model(VOCABULARY).build().toByteArray());
        write("other.onnx", new byte[0]);
        write("tiny-tokenizer.json", tokenizer);
        write("tokenizer.json", new byte[0]);

        assertOpensAndRuns(file);
    }

    @Test
    void opensAFileWithAVocabularyBesideIt() throws IOException {
        Path file = write("tiny.onnx", TinyBert.model(VOCABULARY).build().toByteArray());
        write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\nthe\ncat\n".getBytes(UTF_8));

        for (Path path : List.of(file, folder)) {
            try (PretrainedEncoder bert = PretrainedEncoder.open(path.toString())) {
                assertThat(bert.tokenizer().encode("The cat").ids()).containsExactly(1, 3, 4, 2);
                assertThat(bert.note()).isEmpty();
            }
        }
    }

    @Test
    void takesTheHeadsFromTheConfigurationWhereTheGraphHasNone() throws IOException {
        write("tiny.onnx", withoutReshape().toByteArray());
        write("tokenizer.json", tokenizer);
        assertRefused(folder.toString(), "does not say how many heads it has");

        write(
                "config.json",
                "{\"num_attention_heads\": 4, \"layer_norm_eps\": 1e-5}".getBytes(UTF_8));
        try (PretrainedEncoder bert = PretrainedEncoder.open(folder.toString())) {
            assertThat(((Bert) bert.model()).config().heads()).isEqualTo(4);
            assertThat(((Bert) bert.model()).config().epsilon()).isEqualTo(1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{\"model_type\": \"roberta\"}; model_type is roberta; only bert can be read",
                "{\"hidden_act\": \"relu\"}; hidden_act is relu; only gelu can be read",
                "{\"num_attention_heads\": 3}; 8 hidden features are not a multiple of 3 heads",
                "{\"num_attention_heads\": ; config.json is not JSON",
            })
    void refusesAConfigurationThatIsNotOfThisModel(String json, String message) throws IOException {
        write("tiny.onnx", withoutReshape().toByteArray());
        write("tokenizer.json", tokenizer);
        write("config.json", json.getBytes(UTF_8));

        assertRefused(folder.toString(), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nosuch", "", " ", "a\0b", "/no/such/place.onnx"})
    void saysWhichModelsThereAreWhereTheNameIsUnknown(String name) {
        assertRefused(
                name,
                "unknown model '%s': take minilm, an .onnx file with its tokenizer.json beside it, a folder of both, or a folder with config.json, tokenizer.json and model.safetensors"
                        .formatted(name.replace("\0", "\\u0000")));
    }

    @Test
    void saysThatADecoderIsNoEncoder() throws IOException {
        assertRefused(
                "shakespeare",
                "shakespeare is a decoder, where an encoder such as minilm is asked for");
        Path gguf = folder.resolve("tiny.gguf");
        write("tiny.gguf", new GgufBytes(3, 0, 1).value("general.architecture", "llama").bytes());
        assertRefused(
                gguf.toString(),
                gguf + " is a decoder, where an encoder such as minilm is asked for");
    }

    @Test
    void refusesAFolderWithoutOneModel() throws IOException {
        write("tokenizer.json", tokenizer);
        assertRefused(folder.toString(), "holds 0 .onnx files, not one");

        write("a.onnx", new byte[0]);
        write("b.onnx", new byte[0]);
        assertRefused(folder.toString(), "holds 2 .onnx files, not one");
    }

    @Test
    void refusesAModelWithoutATokenizer() throws IOException {
        Path file = write("tiny.onnx", TinyBert.model(VOCABULARY).build().toByteArray());

        assertRefused(
                file.toString(),
                "there is no tokenizer.json, no vocab.txt, and no vocab.json with merges.txt beside");
    }

    @Test
    void refusesBrokenFilesOfEitherKind() throws IOException {
        write("tiny.onnx", TinyBert.model(VOCABULARY).build().toByteArray());
        write("tokenizer.json", "{".getBytes(UTF_8));
        assertRefused(folder.toString(), "tokenizer.json is not a tokenizer.json that can be used");

        write("tiny.onnx", "text".getBytes(UTF_8));
        write("tokenizer.json", tokenizer);
        assertRefused(folder.toString(), "tiny.onnx is not");
    }

    @Test
    void refusesAModelThatIsNoBert() throws IOException {
        ModelProto.Builder model = TinyBert.model(VOCABULARY);
        GraphProto.Builder graph = model.getGraphBuilder();
        graph.setInitializer(0, graph.getInitializer(0).toBuilder().setName("wte.weight"));
        write("tiny.onnx", model.build().toByteArray());
        write("tokenizer.json", tokenizer);

        assertRefused(folder.toString(), "has no tensor embeddings.word_embeddings.weight");
    }

    private static void assertOpensAndRuns(Path path) throws IOException {
        try (PretrainedEncoder bert = PretrainedEncoder.open(path.toString())) {
            assertThat(((Bert) bert.model()).config())
                    .isEqualTo(
                            new Bert.Config(
                                    VOCABULARY,
                                    TinyBert.POSITIONS,
                                    TinyBert.HIDDEN,
                                    TinyBert.INTERMEDIATE,
                                    TinyBert.LAYERS,
                                    TinyBert.HEADS,
                                    1e-12));
            int[] ids = bert.tokenizer().encode("It runs.").ids();
            assertThat(bert.model().forward(ids, AttentionProbe.none()))
                    .hasSize(ids.length * TinyBert.HIDDEN)
                    .doesNotContain(Float.NaN);
        }
    }

    private static void assertRefused(String name, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> PretrainedEncoder.open(name))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }

    private static ModelProto withoutReshape() {
        ModelProto.Builder model = TinyBert.model(VOCABULARY);
        GraphProto.Builder graph = model.getGraphBuilder();
        for (int i = graph.getNodeCount() - 1; i >= 0; i--) {
            if (graph.getNode(i).getOpType().equals("Reshape")) {
                graph.removeNode(i);
            }
        }
        return model.build();
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }
}

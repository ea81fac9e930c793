package heed.transformer.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import heed.transformer.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders of sentence-transformers that cannot be used, each refused by one line. */
final class RefusedSentenceFolderTest {
    private static final String MODULES = "modules.json";
    private static final String POOLING = "1_Pooling/config.json";
    private static final String DENSE = "2_Dense/config.json";
    private static final String PROMPTS = "config_sentence_transformers.json";
    private static final String SETTINGS = "sentence_bert_config.json";

    @TempDir private Path folder = Path.of("");

    /** A whole folder: 32 numbers are pooled, and a Dense layer makes 24 of them. */
    private void whole() throws IOException {
        SentenceFolder.write("dense-tanh", folder);
    }

    private void edit(String file, String before, String after) throws IOException {
        Path path = folder.resolve(file);
        String content = Files.readString(path);
        assertThat(content).contains(before);
        Files.writeString(path, content.replace(before, after));
    }

    private void assertRefused(String... parts) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> TextEmbedder.open(folder.toString()).close())
                .satisfies(
                        e ->
                                assertThat(e.getMessage())
                                        .contains(folder.toString())
                                        .contains(parts)
                                        .hasLineCount(1));
    }

    @Test
    void modulesThatAreNotKnown() throws IOException {
        whole();
        edit(MODULES, "models.Dense", "models.LSTM");
        assertRefused(MODULES, "sentence_transformers.models.LSTM", "Transformer, Pooling, Dense");
        edit(MODULES, "sentence_transformers.models.LSTM", "");
        assertRefused(MODULES, "the module (none) is not known");
    }

    @Test
    void aModelThatPoolsNothing() throws IOException {
        whole();
        edit(MODULES, "models.Pooling", "models.Normalize");
        assertRefused(MODULES, "Normalize stands before Pooling");
        Files.writeString(folder.resolve(MODULES), "[]");
        assertRefused(MODULES, "names no Pooling");
    }

    @Test
    void poolingsThatAreNotKnown() throws IOException {
        whole();
        Files.writeString(folder.resolve(POOLING), "{\"pooling_mode\": [\"mean\", \"median\"]}");
        assertRefused(POOLING, "there is no pooling 'median'", "cls, max, mean");
        Files.writeString(folder.resolve(POOLING), "{\"pooling_mode\": 3}");
        assertRefused(POOLING, "pooling_mode should be a text");
        Files.writeString(folder.resolve(POOLING), "{\"pooling_mode_cls_token\": 1}");
        assertRefused(POOLING, "pooling_mode_cls_token should be true or false");
    }

    @Test
    void jsonThatIsBroken() throws IOException {
        for (String file : List.of(MODULES, POOLING, DENSE, PROMPTS, SETTINGS)) {
            deleteAll();
            whole();
            Files.writeString(folder.resolve(file), "{\"prompts\": [");
            assertRefused(file, "is not JSON");
        }
        deleteAll();
        whole();
        Files.writeString(folder.resolve(MODULES), "[3]");
        assertRefused(MODULES, "is not a list of JSON objects");
    }

    private void deleteAll() throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aModuleThatIsNotThere() throws IOException {
        whole();
        Files.delete(folder.resolve(POOLING));
        assertRefused(POOLING, "is missing", "download the folder too");
    }

    @Test
    void aPathThatLeadsOutOfTheFolder() throws IOException {
        whole();
        edit(MODULES, "2_Dense", "../2_Dense");
        assertRefused(MODULES, "leads out of the folder: ../2_Dense", "name a folder in it");
        edit(MODULES, "../2_Dense", "/etc");
        assertRefused(MODULES, "leads out of the folder: /etc");
    }

    @Test
    void aDenseLayerThatDoesNotFit() throws IOException {
        whole();
        Files.writeString(folder.resolve(POOLING), "{\"pooling_mode\": [\"mean\", \"cls\"]}");
        assertRefused("2_Dense takes vectors of 32 numbers", "those that come to it have 64");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                TextEmbedder.builder(folder.toString())
                                        .pooling(Pooling.CLS, Pooling.MAX)
                                        .open()
                                        .close())
                .withMessageContainingAll("2_Dense takes vectors of 32 numbers", "have 64");
        Files.writeString(folder.resolve(POOLING), "{\"pooling_mode\": \"mean\"}");
        edit(DENSE, "\"out_features\":24", "\"out_features\":25");
        assertRefused("linear.weight", "24");
    }

    @Test
    void aDenseLayerThatIsAPickle() throws IOException {
        whole();
        Files.move(
                folder.resolve("2_Dense/model.safetensors"),
                folder.resolve("2_Dense/pytorch_model.bin"));
        assertRefused("2_Dense", "pytorch_model.bin", "a pickle can run code", "save_pretrained");
    }

    @Test
    void aDenseLayerOfAnotherKind() throws IOException {
        whole();
        edit(DENSE, "Tanh", "GELU");
        assertRefused(DENSE, "activation.GELU", "Identity, Tanh, ReLU");
        edit(DENSE, "GELU", "Tanh");
        edit(DENSE, "\"bias\":true", "\"bias\":true,\"use_residual\":true");
        assertRefused(DENSE, "residual");
    }

    @Test
    void aDefaultPromptThatIsNone() throws IOException {
        whole();
        Files.writeString(
                folder.resolve(PROMPTS),
                "{\"prompts\": {\"query\": \"q: \"}, \"default_prompt_name\": \"passage\"}");
        assertRefused(PROMPTS, "default_prompt_name is passage", "none of its prompts: query");
    }

    /** Two special tokens stand around a text of BERT. */
    @Test
    void aLimitThatLeavesNothingOfAText() throws IOException {
        whole();
        for (TooLong tooLong : TooLong.values()) {
            Files.writeString(folder.resolve(SETTINGS), "{\"max_seq_length\": 2}");
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> open(tooLong, Integer.MAX_VALUE).close())
                    .withMessage(
                            "%s would take at most 2 tokens of a text, of which 2 are special tokens: allow more",
                            folder);
            Files.writeString(folder.resolve(SETTINGS), "{\"max_seq_length\": 3}");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> open(tooLong, 1).close())
                    .withMessageContaining("at most 1 tokens");
        }
        try (TextEmbedder embedder = open(TooLong.CUT, Integer.MAX_VALUE)) {
            assertThat(embedder.embed(List.of("the rain", "the"), "", done -> {}).tokens())
                    .containsExactly(3, 3);
        }
    }

    private TextEmbedder open(TooLong tooLong, int maxTokens) throws IOException {
        return TextEmbedder.builder(folder.toString()).tooLong(tooLong).maxTokens(maxTokens).open();
    }

    @Test
    void aLimitThatIsNone() throws IOException {
        whole();
        Files.writeString(folder.resolve(SETTINGS), "{\"max_seq_length\": 0}");
        assertRefused(SETTINGS, "max_seq_length should be a positive number, not 0");
    }
}

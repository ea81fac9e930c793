package heed.transformer.checkpoint;

import static heed.transformer.checkpoint.Refused.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelFolderTest {

    @Test
    void namesWhatIsMissing(@TempDir Path folder) throws IOException {
        assertRefused(() -> ModelFolder.of(folder), folder + " has no config.json");
        Files.createFile(folder.resolve("config.json"));
        assertRefused(
                () -> ModelFolder.of(folder),
                folder + " has no tokenizer.json, no vocab.txt, and no vocab.json with merges.txt");
        Files.createFile(folder.resolve("tokenizer.json"));
        assertRefused(
                () -> ModelFolder.of(folder),
                folder + " has no model.safetensors and no model.safetensors.index.json");

        Path none = folder.resolve("none");
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> ModelFolder.of(none))
                .withMessage(none.toString());
        Path file = folder.resolve("config.json");
        assertRefused(() -> ModelFolder.of(file), file + " is not a folder");
    }

    @Test
    void takesAVocabularyWhereThereIsNoTokenizer(@TempDir Path folder) throws IOException {
        Files.createFile(folder.resolve("config.json"));
        Files.createFile(folder.resolve("model.safetensors"));
        Files.createFile(folder.resolve("vocab.json"));
        assertRefused(() -> ModelFolder.of(folder), "no vocab.json with merges.txt");
        for (String[] added :
                new String[][] {
                    {"merges.txt", "vocab.json"},
                    {"vocab.txt", "vocab.txt"},
                    {"tokenizer.json", "tokenizer.json"}
                }) {
            Files.createFile(folder.resolve(added[0]));
            assertThat(ModelFolder.of(folder).tokenizer()).hasFileName(added[1]);
        }
    }

    @Test
    void readsNoPickle(@TempDir Path folder) throws IOException {
        Files.createFile(folder.resolve("config.json"));
        Files.createFile(folder.resolve("vocab.txt"));
        Files.createFile(folder.resolve("pytorch_model.bin.index.json"));
        assertRefused(
                () -> ModelFolder.of(folder),
                folder + " has no model.safetensors but a pytorch_model.bin.index.json");
        Files.createFile(folder.resolve("pytorch_model.bin"));
        assertRefused(
                () -> ModelFolder.of(folder),
                folder
                        + " has no model.safetensors but a pytorch_model.bin, which is not read, since"
                        + " a pickle can run code: take the model's safetensors file, or load it in"
                        + " Python with transformers and save_pretrained it");
        Files.createFile(folder.resolve("model.safetensors"));
        assertThat(ModelFolder.of(folder).weights()).hasFileName("model.safetensors");
    }

    @Test
    void opensOneFileOrTheIndexOfSeveral(@TempDir Path folder) throws IOException {
        Files.createFile(folder.resolve("config.json"));
        Files.createFile(folder.resolve("tokenizer.json"));
        for (String shard :
                new String[] {
                    "model-00001-of-00002.safetensors",
                    "model-00002-of-00002.safetensors",
                    "model.safetensors.index.json"
                }) {
            Files.copy(Golden.file("sharded/" + shard), folder.resolve(shard));
        }
        ModelFolder sharded = ModelFolder.of(folder);
        assertThat(sharded.weights()).hasFileName("model.safetensors.index.json");
        assertThat(sharded.openWeights().weights().has("attn.weight")).isTrue();
        assertThat(sharded.openWeights().weights().has("scalar")).isTrue();

        Files.copy(Golden.file("types.safetensors"), folder.resolve("model.safetensors"));
        ModelFolder single = ModelFolder.of(folder);
        assertThat(single.weights()).hasFileName("model.safetensors");
        assertThat(single.openWeights().weights().has("position_ids")).isTrue();
        assertThat(single.config()).exists();
        assertThat(single.tokenizer()).exists();
    }
}

package heed.transformer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileTest {
    @TempDir private Path folder;

    @Test
    void whatCannotBeWrittenIsNamedAndWhatStoodThereStands() throws IOException {
        Path file = folder.resolve("model");
        Files.writeString(file, "before");
        assertThatThrownBy(
                        () ->
                                AtomicFile.write(
                                        file,
                                        stream -> {
                                            stream.write(new byte[100_000]);
                                            throw new IOException("No space left on device");
                                        }))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(file + ": No space left on device");
        assertThat(file).hasContent("before");
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }
}

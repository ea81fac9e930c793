package heed.transformer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrays that NumPy wrote; {@code npy/make_npy.py} made them. */
class NpyFileTest {
    @TempDir private Path folder;

    private static Path file(String name) {
        URL found = NpyFileTest.class.getResource("npy/" + name + ".npy");
        try {
            return Path.of(Objects.requireNonNull(found).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"f2", "f4", "f8", "v2"})
    void floatsAreRead(String name) throws IOException {
        StoredTensor tensor = NpyFile.open(file(name));
        assertThat(tensor.shape()).containsExactly(2, 3, 2);
        float[] floats = tensor.toFloats();
        for (int i = 0; i < 12; i++) {
            assertThat(floats[i]).isEqualTo((i - 5) / 4f);
        }
    }

    @Test
    void aVectorHasOneDimension() throws IOException {
        StoredTensor tensor = NpyFile.open(file("one"));
        assertThat(tensor.shape()).containsExactly(1);
        assertThat(tensor.toFloats()).containsExactly(1.5f);
    }

    @ParameterizedTest
    @CsvSource({
        "fortran, is in Fortran's order: save numpy.ascontiguousarray of it",
        "int, holds elements of type <i8: save them as float32",
        "big, holds elements of type >f4: save them as float32"
    })
    void othersAreRefused(String name, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> NpyFile.open(file(name)))
                .withMessageContaining(message);
    }

    /** Whatever is cut off or changed: a line, and never another exception. */
    @Test
    void nothingElseIsRead() throws IOException {
        byte[] whole = Files.readAllBytes(file("f4"));
        Path broken = folder.resolve("broken.npy");
        for (int length = 0; length < whole.length; length++) {
            Files.write(broken, Arrays.copyOf(whole, length));
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> NpyFile.open(broken));
        }
        for (String change : new String[] {"9999999999", "99999999", "-1", "x"}) {
            String header = new String(whole, StandardCharsets.ISO_8859_1);
            String changed = header.replace("(2, 3, 2)", "(" + change + ", 3, 2)");
            Files.writeString(broken, changed, StandardCharsets.ISO_8859_1);
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> NpyFile.open(broken));
        }
    }
}

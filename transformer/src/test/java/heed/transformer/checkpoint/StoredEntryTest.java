package heed.transformer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredEntryTest {
    private static final byte[] BYTES = new byte[100_000];

    static {
        new Random(1).nextBytes(BYTES);
    }

    @TempDir private Path folder;
    private Path jar;

    @BeforeEach
    void write() throws IOException {
        jar = folder.resolve("one two.jar");
        try (OutputStream stream = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(stream)) {
            zip.setComment("a comment, behind which nothing stands");
            zip.putNextEntry(new ZipEntry("compressed"));
            zip.write(BYTES);
            zip.putNextEntry(stored("a/b.onnx"));
            zip.write(BYTES);
            zip.putNextEntry(new ZipEntry("last"));
            zip.closeEntry();
        }
    }

    private static ZipEntry stored(String name) {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(BYTES.length);
        entry.setExtra(new byte[] {1, 2, 3, 0, 4, 5, 6});
        CRC32 sum = new CRC32();
        sum.update(BYTES);
        entry.setCrc(sum.getValue());
        return entry;
    }

    private static byte[] bytes(Optional<ByteBuffer> mapped) {
        ByteBuffer buffer = mapped.orElseThrow();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @Test
    void mapsWhatLiesThereAsItIs() throws IOException {
        Optional<ByteBuffer> mapped =
                StoredEntry.map(URI.create("jar:" + jar.toUri() + "!/a/b.onnx").toURL());
        assertThat(mapped.orElseThrow().isDirect()).isTrue();
        assertThat(mapped.orElseThrow().isReadOnly()).isTrue();
        assertThat(bytes(mapped)).isEqualTo(BYTES);
    }

    @Test
    void leavesWhatIsCompressedOrNotThere() throws IOException {
        assertThat(StoredEntry.in(jar, "compressed")).isEmpty();
        assertThat(StoredEntry.in(jar, "missing")).isEmpty();
        assertThat(StoredEntry.in(jar, "a/b")).isEmpty();
    }

    @Test
    void leavesWhatIsInNoJar() throws IOException {
        assertThat(StoredEntry.map(jar.toUri().toURL())).isEmpty();
    }

    /** However much of a jar is there, what comes is all that the entry was, or nothing. */
    @Test
    void leavesWhatIsCutOff() throws IOException {
        byte[] all = Files.readAllBytes(jar);
        Path cut = folder.resolve("cut.jar");
        for (int length :
                new int[] {0, 1, 21, 22, 1000, 150_000, all.length - 100, all.length - 1}) {
            Files.write(cut, Arrays.copyOf(all, length));
            Optional<ByteBuffer> mapped = StoredEntry.in(cut, "a/b.onnx");
            if (mapped.isPresent()) {
                assertThat(bytes(mapped)).isEqualTo(BYTES);
            }
        }
        Files.write(cut, Arrays.copyOfRange(all, 5000, all.length));
        assertThat(StoredEntry.in(cut, "a/b.onnx")).isEmpty();
    }
}

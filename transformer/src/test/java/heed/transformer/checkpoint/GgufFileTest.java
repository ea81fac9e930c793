package heed.transformer.checkpoint;

import static heed.transformer.checkpoint.Refused.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import heed.transformer.testing.GgufBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GgufFileTest {
    private static final int UINT32 = 4;
    private static final int STRING = 8;
    private static final int F32 = 0;
    private static final int Q8_0 = 8;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void givesTheBitsThatGgufGives(int version) throws IOException {
        byte[] bytes = Golden.bytes("types.gguf");
        bytes[4] = (byte) version;
        Weights weights = of(bytes).weights();
        FloatBuffer expected = Golden.floats("types.f32");

        SortedSet<String> names = new TreeSet<>(weights.names());
        assertThat(names.remove("unreadable")).isTrue();
        for (String name : names) {
            assertThat(Golden.bits(weights.get(name, 2, 512)))
                    .as(name)
                    .containsExactly(Golden.nextBits(expected, 2 * 512));
        }
        assertThat(expected.hasRemaining()).isFalse();
        assertThat(names)
                .extracting(name -> weights.stored(name).type())
                .contains(ElementType.values());
    }

    @Test
    void leavesQuantisedWeightsAsTheyAre() throws IOException {
        Weights weights = GgufFile.open(Golden.file("types.gguf")).weights();

        StoredTensor stored = weights.at("Q4_K").stored("random", 2, 512);
        assertThat(stored.type()).isEqualTo(ElementType.Q4_K);
        assertThat(stored.type().quantized()).isTrue();
        assertThat(stored.data().byteSize()).isEqualTo(4 * 144);
        assertThat(stored.data().isMapped()).isTrue();
    }

    @Test
    void namesTheTypeThatCannotBeDecoded() throws IOException {
        Weights weights = GgufFile.open(Golden.file("types.gguf")).weights();

        assertRefused(
                () -> weights.get("unreadable"),
                "types.gguf: tensor unreadable has type Q2_K, which cannot be decoded");
    }

    @Test
    void turnsTheDimensionsAround() throws IOException {
        Weights weights = GgufFile.open(Golden.file("shapes.gguf")).weights();

        assertThat(weights.get("linear", 2, 3)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(weights.get("scalars", 3)).containsExactly(0, 1, 2);
        assertThat(weights.get("four", 2, 3, 4, 5)).hasSize(120).endsWith(118, 119);
    }

    @Test
    void namesTheFileThatIsNotThere(@TempDir Path folder) {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> GgufFile.open(folder.resolve("none.gguf")))
                .withMessageContaining("none.gguf");
        assertRefused(() -> GgufFile.open(folder), "is a folder, not a file");
    }

    @Test
    void refusesAnEmptyFile(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("empty.gguf"));

        assertRefused(() -> GgufFile.open(file), "empty.gguf is not a GGUF file");
    }

    @Test
    void refusesOtherFormatsAndVersions() {
        assertRefused(() -> of(new byte[0]), "x is not a GGUF file");
        assertRefused(() -> of(new byte[100]), "x is not a GGUF file");
        assertRefused(header(1, 0, 0), "x is a GGUF file of version 1: only 2 and 3 can be read");
        assertRefused(header(-1, 0, 0), "of version 4294967295");
        assertRefused(header(3 << 24, 0, 0), "x is a big-endian GGUF file");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void refusesCountsThatDoNotFitTheFile(long count) {
        String number = Long.toUnsignedString(count);

        assertRefused(header(3, count, 0), "it would have " + number + " tensors in 8 bytes");
        assertRefused(header(3, 0, count), "it would have " + number + " metadata values in 0");
    }

    @ParameterizedTest
    @ValueSource(longs = {25, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void refusesStringsPastTheEnd(long length) {
        assertRefused(
                refused(new GgufBytes(3, 0, 1).u64(length).padded(24)),
                "metadata key 0 takes %s bytes from byte 32 on, but there are 24"
                        .formatted(Long.toUnsignedString(length)));
        assertRefused(
                refused(new GgufBytes(3, 0, 1).string("k").u32(STRING).u64(length).padded(24)),
                "the value of k takes " + Long.toUnsignedString(length) + " bytes from byte 45");
        assertRefused(
                refused(new GgufBytes(3, 1, 0).u64(length).padded(24)),
                "the name of tensor 0 takes " + Long.toUnsignedString(length) + " bytes");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 3, 33, 0x80000001L, 0x80000000L, 0xFFFFFFFFL})
    void refusesAnAlignmentThatIsNoPowerOfTwo(long alignment) {
        assertRefused(
                refused(
                        new GgufBytes(3, 0, 1)
                                .string("general.alignment")
                                .u32(UINT32)
                                .u32((int) alignment)),
                "x: general.alignment is " + alignment + ", not a power of two");
    }

    @Test
    void refusesAnAlignmentThatIsNoInteger() {
        assertRefused(
                refused(
                        new GgufBytes(3, 0, 1)
                                .string("general.alignment")
                                .u32(STRING)
                                .string("32")),
                "x: general.alignment should be an integer, but is a STRING");
    }

    @Test
    void refusesDimensionsThatNoTensorHas() {
        assertRefused(tensor(F32, 0, 5, 1, 1, 1, 1, 1), "tensor t has 5 dimensions, more than 4");
        assertRefused(tensor(F32, 0, -1), "tensor t has 4294967295 dimensions, more than 4");
        assertRefused(
                tensor(F32, 0, 1, 1L << 31), "tensor t has an impossible dimension of 2147483648");
        assertRefused(
                tensor(F32, 0, 1, -1),
                "tensor t has an impossible dimension of 184467440737095516");
        long most = Integer.MAX_VALUE;
        assertRefused(
                tensor(F32, 0, 4, most, most, most, most), "tensor t has impossible dimensions");
        assertRefused(tensor(F32, 0, 3, 2, most, most), "tensor t has impossible dimensions");
        assertRefused(
                tensor(Q8_0, 0, 2, 48, 2),
                "tensor t has rows of 48 elements, no multiple of 32, a block of Q8_0");
    }

    @Test
    void refusesTypesThatNobodyKnows() {
        assertRefused(tensor(4, 0, 1, 4), "x: tensor t has type 4, which is unknown");
        assertRefused(tensor(-1, 0, 1, 4), "x: tensor t has type 4294967295, which is unknown");
        assertRefused(
                refused(new GgufBytes(3, 0, 1).string("k").u32(13).padded(8)),
                "x: the value of k has type 13, which is unknown");
    }

    @Test
    void refusesATensorThatIsNotInItsData() {
        assertRefused(tensor(F32, 8, 1, 4), "tensor t has offset 8, not a multiple of 32");
        assertRefused(tensor(F32, -32, 1, 4), "tensor t has offset 18446744073709551584");
        assertRefused(
                tensor(F32, 32, 1, 100),
                "tensor t takes 400 bytes from byte 32 on of 64 bytes of data");
        assertRefused(tensor(F32, 64, 1, 1), "tensor t takes 4 bytes from byte 64 on of 64 bytes");
        assertRefused(tensor(F32, Long.MAX_VALUE - 31, 1, 4), "from byte 9223372036854775776 on");
    }

    @Test
    void refusesTensorsThatShareBytesOrNames() {
        assertRefused(
                refused(
                        new GgufBytes(3, 2, 0)
                                .tensor("a", F32, 0, 1, 16)
                                .tensor("b", F32, 32, 1, 4)
                                .padded(128)),
                "x: tensor b begins at byte 32, but what is before it ends at 64");
        assertRefused(
                refused(
                        new GgufBytes(3, 2, 0)
                                .tensor("a", F32, 0, 1, 4)
                                .tensor("a", F32, 32, 1, 4)
                                .padded(128)),
                "x has two tensors of name a");
    }

    @Test
    void readsAFileOfNothing() throws CheckpointException {
        GgufFile file = of(new GgufBytes(2, 0, 0).bytes());

        assertThat(file.weights().names()).isEmpty();
        assertThat(file.metadata().keys()).isEmpty();
    }

    /** A file of one tensor t, and 64 bytes of data. */
    private static ThrowingCallable tensor(int type, long offset, int dimensions, long... shape) {
        return refused(
                new GgufBytes(3, 1, 0)
                        .tensor("t", type, offset, dimensions, shape)
                        .aligned(32)
                        .padded(64));
    }

    private static ThrowingCallable header(int version, long tensors, long values) {
        return refused(new GgufBytes(version, tensors, values));
    }

    private static ThrowingCallable refused(GgufBytes bytes) {
        return () -> of(bytes.bytes());
    }

    private static GgufFile of(byte[] bytes) throws CheckpointException {
        return GgufFile.of(MemorySegment.ofArray(bytes), "x");
    }
}

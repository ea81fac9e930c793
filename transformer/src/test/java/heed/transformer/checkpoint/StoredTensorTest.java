package heed.transformer.checkpoint;

import static heed.transformer.checkpoint.Refused.assertRefused;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class StoredTensorTest {

    /** 130 blocks are two chunks and a piece. */
    @ParameterizedTest
    @EnumSource
    void decodesAnyStretchOfBlocks(ElementType type) {
        int block = type.elementsPerBlock();
        byte[] bytes = new byte[130 * type.bytesPerBlock()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 37 + i / 11 & 0x3B);
        }
        StoredTensor tensor =
                new StoredTensor("t", List.of(130, block), type, MemorySegment.ofArray(bytes));
        float[] whole = tensor.toFloats();

        float[] part = new float[block * 101 + 3];
        Arrays.fill(part, 7);
        tensor.dequantize(29L * block, part, 2, block * 101);

        assertThat(whole).hasSize(130 * block).isNotEqualTo(new float[130 * block]);
        assertThat(Arrays.copyOfRange(part, 2, 2 + block * 101))
                .isEqualTo(Arrays.copyOfRange(whole, 29 * block, 130 * block));
        assertThat(new float[] {part[0], part[1], part[part.length - 1]}).containsOnly(7);
    }

    @Test
    void refusesWhatIsNotWholeBlocks() {
        StoredTensor tensor = tensor(ElementType.Q8_0, 34, 32);
        float[] to = new float[40];

        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor.dequantize(16, to, 0, 16))
                .withMessage(
                        "16 elements from element 16 on are not whole blocks of 32 of tensor t,"
                                + " which has 32");
        assertThatIllegalArgumentException().isThrownBy(() -> tensor.dequantize(32, to, 0, 32));
        assertThatIllegalArgumentException().isThrownBy(() -> tensor.dequantize(-32, to, 0, 32));
        assertThatIllegalArgumentException().isThrownBy(() -> tensor.dequantize(0, to, 0, -32));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor.dequantize(0, to, 9, 32))
                .withMessage("32 elements do not fit into an array of 40 from index 9 on");
    }

    @Test
    void refusesDataThatContradictTheShape() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor(ElementType.F16, 7, 4))
                .withMessage("tensor t of shape [4] and type F16 should have 8 bytes, not 7");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor(ElementType.Q4_K, 144, 2, 128))
                .withMessage(
                        "tensor t of shape [2, 128] has rows of 128 elements, no multiple of 256,"
                                + " a block of Q4_K");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor(ElementType.F32, 0, Integer.MAX_VALUE, 1 << 30, 1 << 30));
        assertThatIllegalArgumentException().isThrownBy(() -> tensor(ElementType.F32, 4, -1, -1));
    }

    @Test
    void refusesMoreFloatsThanAnArrayHolds(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("sparse");
        try (FileChannel channel =
                FileChannel.open(file, CREATE_NEW, WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.allocate(1), (1L << 32) - 1);
        }
        StoredTensor tensor =
                new StoredTensor(
                        "t", List.of(1 << 16, 1 << 15), ElementType.F16, MappedFile.map(file));

        assertThatIllegalStateException()
                .isThrownBy(tensor::toFloats)
                .withMessageContaining("more elements than an array");
        assertRefused(
                () -> new Weights("x", Map.of("t", () -> tensor)).get("t"),
                "x: tensor t of shape [65536, 32768] is too large to be read as floats");
    }

    private static StoredTensor tensor(ElementType type, int bytes, Integer... shape) {
        return new StoredTensor("t", List.of(shape), type, MemorySegment.ofArray(new byte[bytes]));
    }
}

package heed.transformer.checkpoint;

import static heed.transformer.checkpoint.Refused.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SafetensorsFileTest {
    private static final String[] NAMES = {
        "attn.bias", "attn.weight", "brain", "empty", "half", "scalar"
    };

    @ParameterizedTest
    @ValueSource(strings = {"types.safetensors", "sharded/model.safetensors.index.json"})
    void givesTheFloatsThatPyTorchGives(String file) throws IOException {
        Weights weights = SafetensorsFile.open(Golden.file(file)).weights();
        FloatBuffer expected = Golden.floats("types.safetensors.f32");

        for (String name : NAMES) {
            float[] floats = weights.get(name).data();
            assertThat(Golden.bits(floats))
                    .as(name)
                    .containsExactly(Golden.nextBits(expected, floats.length));
        }
        assertThat(expected.hasRemaining()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"types.safetensors", "sharded/model.safetensors.index.json"})
    void givesShapesAndTypes(String file) throws IOException {
        Weights weights = SafetensorsFile.open(Golden.file(file)).weights();

        assertThat(weights.names()).contains(NAMES);
        assertThat(weights.at("attn").names()).contains("weight", "bias");
        assertThat(weights.at("attn").stored("weight", 4, 3).type()).isEqualTo(ElementType.F32);
        assertThat(weights.at("attn").stored("bias", 4).type()).isEqualTo(ElementType.F16);
        assertThat(weights.stored("brain", 256).type()).isEqualTo(ElementType.BF16);
        assertThat(weights.get("scalar").shape()).isEmpty();
        assertThat(weights.get("empty", 0, 7)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"position_ids, I64", "attn.mask, BOOL", "double, F64"})
    void skipsOtherTypesUntilOneIsAskedFor(String name, String dtype) throws IOException {
        Weights weights = SafetensorsFile.open(Golden.file("types.safetensors")).weights();

        assertThat(weights.has(name)).isTrue();
        assertRefused(
                () -> weights.get(name),
                "tensor %s has dtype %s: only F32, F16 and BF16 can be read"
                        .formatted(name, dtype));
    }

    @Test
    void namesBothShapesWhereTheyDiffer() throws IOException {
        Weights weights = SafetensorsFile.open(Golden.file("types.safetensors")).weights();

        assertRefused(
                () -> weights.at("attn").get("weight", 3, 4),
                "types.safetensors: tensor attn.weight has shape [4, 3], not [3, 4]");
        assertRefused(() -> weights.stored("none"), "types.safetensors has no tensor none");
    }

    @Test
    void namesTheFileThatIsNotThere(@TempDir Path folder) {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors")))
                .withMessageContaining("none.safetensors");
        assertRefused(() -> SafetensorsFile.open(folder), "is a folder, not a file");
    }

    @Test
    void refusesAnEmptyFile(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("empty.safetensors"));

        assertRefused(
                () -> SafetensorsFile.open(file),
                "empty.safetensors is not a safetensors file: it has 0 bytes");
    }

    @Test
    void refusesAHeaderThatIsNotThere() {
        assertRefused(() -> of(new byte[7]), "x is not a safetensors file: it has 7 bytes");
        for (long length : new long[] {3, 1L << 62, Long.MIN_VALUE, -1}) {
            assertRefused(
                    () -> of(file(length, "{}", 0)),
                    "it has 10 bytes, and its header would have " + Long.toUnsignedString(length));
        }
    }

    @Test
    void readsAFileOfNothing() throws CheckpointException {
        assertThat(of(file("{}", 0)).weights().names()).isEmpty();
        assertThat(of(file("{\"__metadata__\":{\"a\":\"b\"}}  \n", 0)).weights().names()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                        | the JSON is not an object",
                "{}{}                      | there is something behind the JSON",
                "{                         | x has no JSON that can be used",
                "{\"a\":1}                 | tensor a is not an object",
                "{\"__metadata__\":1}      | __metadata__ is not an object",
                "{\"a\":{}}                | tensor a has no data_offsets",
                "{\"a\":{\"data_offsets\":[0,4],\"shape\":[1]}} | tensor a has no dtype",
                "{\"a\":{\"data_offsets\":[0,4],\"dtype\":\"F32\"}} | tensor a has no shape",
                "{\"a\":{\"dtype\":4}}     | the dtype of tensor a is not a string",
                "{\"a\":{\"shape\":4}}     | the shape of tensor a is not an array",
                "{\"a\":{\"shape\":[\"4\"]}} | a number in the shape of tensor a is not an integer",
                "{\"a\":{\"shape\":[1.5]}} | a number in the shape of tensor a is not an integer",
                "{\"a\":{\"data_offsets\":[0,4,8]}} | tensor a has 3 data_offsets, not 2",
                "{\"a\":{\"data_offsets\":[0,9223372036854775808]}} | holds 9223372036854775808",
                "{\"a\\nb\":1}             | tensor a\\u000ab is not an object",
            })
    void refusesAHeaderThatIsNoneOfSafetensors(String header, String message) {
        assertRefused(() -> of(file(header.strip(), 4)), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "F32  | [1]  | [4,0] | tensor a lies at bytes 4 to 0 of 4 bytes of data",
                "F32  | [1]  | [-4,0] | tensor a lies at bytes -4 to 0 of 4 bytes of data",
                "F32  | [2]  | [0,8] | tensor a lies at bytes 0 to 8 of 4 bytes of data",
                "F32  | [1]  | [0,9223372036854775807] | of 4 bytes of data",
                "F16  | [1]  | [2,4] | at bytes 2 to 4, but what is before it ends at 0",
                "F16  | [1]  | [0,2] | its tensors end at byte 2 of 4 bytes of data",
                "F32  | [2]  | [0,4] | tensor a of shape [2] and dtype F32 lies in 4 bytes",
                "F32  | [0]  | [0,4] | tensor a of shape [0] and dtype F32 lies in 4 bytes",
                "F32  | [-1] | [0,4] | tensor a has impossible dimensions [-1]",
                "I64  | [4294967297] | [0,4] | tensor a has impossible dimensions [4294967297]",
                "BF16 | [2147483647,2147483647,2147483647] | [0,4] | has impossible dimensions",
            })
    void refusesATensorThatIsNotInItsData(
            String dtype, String shape, String offsets, String message) {
        String header =
                "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
                        .formatted(dtype, shape, offsets);

        assertRefused(() -> of(file(header, 4)), message);
    }

    @Test
    void refusesTensorsThatShareBytesOrNames() {
        String one = "{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}";
        String two = "{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[2,6]}";

        assertRefused(
                () -> of(file("{\"a\":%s,\"b\":%s}".formatted(one, two), 6)),
                "tensor b lies at bytes 2 to 6, but what is before it ends at 4");
        assertRefused(() -> of(file("{\"a\":%s,\"a\":%s}".formatted(one, two), 6)), "Duplicate");
    }

    @Test
    void refusesToNestDeeply() {
        String nested = "[".repeat(100_000) + "]".repeat(100_000);

        assertRefused(() -> of(file("{\"a\":{\"x\":" + nested + "}}", 0)), "nesting depth");
        assertRefused(() -> of(file(nested, 0)), "the JSON is not an object");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../types.safetensors",
                "/etc/x.safetensors",
                "..\\\\types.safetensors",
                "C:x.safetensors",
                "model.safetensors.index.json",
                "..",
                "",
                "a\\u0000.safetensors"
            })
    void refusesAShardThatIsNoPlainFileName(String name, @TempDir Path folder) throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\":{\"a\":\"%s\"}}".formatted(name));

        assertRefused(
                () -> SafetensorsFile.open(index),
                "which is not the plain name of a .safetensors file");
    }

    @Test
    void namesWhatAnIndexDoesNotHave(@TempDir Path folder) throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");

        Files.writeString(index, "{\"metadata\":{}}");
        assertRefused(() -> SafetensorsFile.open(index), "index.json: there is no weight_map");
        Files.writeString(index, "{\"weight_map\":{\"a\":1}}");
        assertRefused(() -> SafetensorsFile.open(index), "the file of tensor a is not a string");
        Files.writeString(index, "{\"weight_map\":{\"a\":\"b.safetensors\"}}");
        assertRefused(() -> SafetensorsFile.open(index), "b.safetensors is missing, which ");
        Files.write(folder.resolve("b.safetensors"), file("{}", 0));
        assertRefused(() -> SafetensorsFile.open(index), "b.safetensors has no tensor a, which");
    }

    private static SafetensorsFile of(byte[] bytes) throws CheckpointException {
        return SafetensorsFile.of(MemorySegment.ofArray(bytes), "x");
    }

    private static byte[] file(String header, int data) {
        return file(header.getBytes(UTF_8).length, header, data);
    }

    /** A file whose header says to be of a length, with so many bytes of data. */
    private static byte[] file(long length, String header, int data) {
        byte[] bytes = header.getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + bytes.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(bytes)
                .array();
    }
}

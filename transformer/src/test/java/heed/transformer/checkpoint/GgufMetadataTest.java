package heed.transformer.checkpoint;

import static heed.transformer.checkpoint.Refused.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import heed.transformer.testing.GgufBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GgufMetadataTest {
    private static final int UINT8 = 0;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private static GgufMetadata metadata;

    @BeforeAll
    static void open() throws IOException {
        metadata = GgufFile.open(Golden.file("shapes.gguf")).metadata();
    }

    @Test
    void readsValuesOfEveryType() throws CheckpointException {
        assertThat(metadata.integer("u8")).hasValue(255);
        assertThat(metadata.integer("i8")).hasValue(-128);
        assertThat(metadata.integer("u16")).hasValue(65535);
        assertThat(metadata.integer("i16")).hasValue(-32768);
        assertThat(metadata.integer("u32")).hasValue(4_294_967_295L);
        assertThat(metadata.integer("i32")).hasValue(Integer.MIN_VALUE);
        assertThat(metadata.integer("u64")).hasValue(Long.MAX_VALUE);
        assertThat(metadata.integer("i64")).hasValue(Long.MIN_VALUE);
        assertThat(metadata.floating("f32")).hasValue(0.1f);
        assertThat(metadata.floating("f64")).hasValue(0.1);
        assertThat(metadata.bool("bool")).hasValue(true);
        assertThat(metadata.string("string")).hasValue("▁größer 🦆\n");
        assertThat(metadata.integer("general.alignment")).hasValue(64);
    }

    @Test
    void readsArraysOfEveryType() throws CheckpointException {
        assertThat(metadata.integers("u8s").orElseThrow()).containsExactly(0, 255);
        assertThat(metadata.integers("i8s").orElseThrow()).containsExactly(-128, 127);
        assertThat(metadata.integers("u16s").orElseThrow()).containsExactly(0, 65535);
        assertThat(metadata.integers("i16s").orElseThrow()).containsExactly(-32768, 32767);
        assertThat(metadata.integers("u32s").orElseThrow()).containsExactly(0, 4_294_967_295L);
        assertThat(metadata.integers("i32s").orElseThrow())
                .containsExactly(Integer.MIN_VALUE, Integer.MAX_VALUE);
        assertThat(metadata.integers("u64s").orElseThrow()).containsExactly(0, Long.MAX_VALUE);
        assertThat(metadata.integers("i64s").orElseThrow())
                .containsExactly(Long.MIN_VALUE, Long.MAX_VALUE);
        assertThat(metadata.floatings("f32s").orElseThrow()).containsExactly(0.1f, -2.5);
        assertThat(metadata.floatings("f64s").orElseThrow()).containsExactly(0.1, -2.5);
        assertThat(metadata.bools("bools").orElseThrow()).containsExactly(true, false, true);
        assertThat(metadata.strings("strings")).hasValue(List.of("", "a b", "🦆"));
    }

    @Test
    void readsAnEmptyArray() throws CheckpointException {
        GgufMetadata empty = of(new GgufBytes(3, 0, 1).string("k").u32(ARRAY).u32(STRING).u64(0));

        assertThat(empty.strings("k")).hasValue(List.of());
    }

    @Test
    void isEmptyWhereThereIsNoValue() throws CheckpointException {
        assertThat(metadata.integer("none")).isEmpty();
        assertThat(metadata.floating("none")).isEmpty();
        assertThat(metadata.bool("none")).isEmpty();
        assertThat(metadata.string("none")).isEmpty();
        assertThat(metadata.integers("none")).isEmpty();
        assertThat(metadata.floatings("none")).isEmpty();
        assertThat(metadata.bools("none")).isEmpty();
        assertThat(metadata.strings("none")).isEmpty();
    }

    @Test
    void namesWhatAValueIsInstead() {
        assertRefused(
                () -> metadata.integer("string"),
                "shapes.gguf: string should be an integer, but is a STRING");
        assertRefused(() -> metadata.string("u8"), "u8 should be a string, but is a UINT8");
        assertRefused(() -> metadata.bool("u8"), "u8 should be a BOOL, but is a UINT8");
        assertRefused(
                () -> metadata.floating("u8"),
                "u8 should be a floating-point number, but is a UINT8");
        assertRefused(
                () -> metadata.integer("u8s"),
                "u8s should be an integer, but is an array of 2 × UINT8");
        assertRefused(
                () -> metadata.strings("string"),
                "string should be an array of strings, but is a STRING");
        assertRefused(() -> metadata.integers("f32s"), "but is an array of 2 × FLOAT32");
        assertRefused(() -> metadata.floatings("i32s"), "but is an array of 2 × INT32");
        assertRefused(() -> metadata.bools("u8s"), "but is an array of 2 × UINT8");
        assertRefused(
                () -> metadata.integer("u64.large"),
                "u64.large is 18446744073709551615, which is too large");
    }

    @Test
    void refusesABoolThatIsNeither() throws CheckpointException {
        GgufMetadata wrong = of(new GgufBytes(3, 0, 1).string("k").u32(BOOL).u8(2));

        assertRefused(() -> wrong.bool("k"), "x: k is a BOOL of value 2, neither 0 nor 1");
    }

    @Test
    void refusesAnArrayOfArrays() {
        assertRefused(
                () ->
                        of(
                                new GgufBytes(3, 0, 1)
                                        .string("k")
                                        .u32(ARRAY)
                                        .u32(ARRAY)
                                        .u64(1)
                                        .u32(UINT8)
                                        .u64(1)
                                        .u8(1)),
                "x: k is an array of arrays, which cannot be read");
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void refusesAnArrayThatDoesNotFitTheFile(long count) {
        String number = Long.toUnsignedString(count);
        assertRefused(
                () ->
                        of(
                                new GgufBytes(3, 0, 1)
                                        .string("k")
                                        .u32(ARRAY)
                                        .u32(UINT8)
                                        .u64(count)
                                        .u64(0)),
                "x is cut off or corrupt: k would have " + number + " × UINT8 in 8 bytes");
        assertRefused(
                () ->
                        of(
                                new GgufBytes(3, 0, 1)
                                        .string("k")
                                        .u32(ARRAY)
                                        .u32(STRING)
                                        .u64(count)
                                        .padded(64)),
                "x is cut off or corrupt: k would have " + number + " × STRING in 64 bytes");
    }

    @Test
    void refusesAKeyTwice() {
        assertRefused(
                () ->
                        of(
                                new GgufBytes(3, 0, 2)
                                        .string("k")
                                        .u32(UINT8)
                                        .u8(1)
                                        .string("k")
                                        .u32(UINT8)
                                        .u8(2)),
                "x has the metadata key k twice");
    }

    private static GgufMetadata of(GgufBytes bytes) throws CheckpointException {
        return GgufFile.of(MemorySegment.ofArray(bytes.bytes()), "x").metadata();
    }
}

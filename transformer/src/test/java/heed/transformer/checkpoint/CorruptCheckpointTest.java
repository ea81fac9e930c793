package heed.transformer.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.sun.management.ThreadMXBean;
import heed.transformer.testing.TinyBert;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Broken files are read or refused with a message of one line, in little time and memory: a byte
 * that a file does not have is not allocated because it claims to have it.
 */
final class CorruptCheckpointTest {
    private static final int ROUNDS = 400;

    /** Far above what any of the files takes; far below what their claims would. */
    private static final long MAX_BYTES = 64L << 20;

    private static final long[] EXTREMES = {
        0,
        1,
        -1,
        2,
        5,
        255,
        1 << 16,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        1L << 40,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 7,
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1,
        1L << 62
    };

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** A whole file, and how to read it. */
    enum Format {
        SAFETENSORS {
            @Override
            byte[] whole() {
                return Golden.bytes("types.safetensors");
            }

            @Override
            boolean read(byte[] bytes) {
                return Everything.read(
                        () -> Everything.of(SafetensorsFile.of(MemorySegment.ofArray(bytes), "x")));
            }
        },
        GGUF {
            @Override
            byte[] whole() {
                byte[] padded = Golden.bytes("shapes.gguf");
                return Arrays.copyOf(padded, padded.length - 32);
            }

            @Override
            boolean read(byte[] bytes) {
                return Everything.read(
                        () -> Everything.of(GgufFile.of(MemorySegment.ofArray(bytes), "x")));
            }
        },
        ONNX {
            @Override
            byte[] whole() {
                return TinyBert.model(20).build().toByteArray();
            }

            @Override
            boolean read(byte[] bytes) {
                return Everything.read(
                        () -> Everything.of(OnnxFile.of(ByteBuffer.wrap(bytes), "x")));
            }
        },
        QUANTIZED_ONNX {
            @Override
            byte[] whole() throws IOException {
                ModelProto model = ModelProto.parseFrom(Golden.bytes("../model/int8.onnx"));
                return ModelProto.newBuilder().setGraph(model.getGraph()).build().toByteArray();
            }

            @Override
            boolean read(byte[] bytes) {
                return ONNX.read(bytes);
            }
        };

        abstract byte[] whole() throws IOException;

        /** Whether it was read; the other outcome is to be refused as it should be. */
        abstract boolean read(byte[] bytes);
    }

    @ParameterizedTest
    @EnumSource
    void isReadWhole(Format format) throws IOException {
        assertThat(format.read(format.whole())).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void isRefusedWhereverItIsCutOff(Format format) throws IOException {
        byte[] whole = format.whole();
        for (int length = 0; length < whole.length; length += 1 + whole.length / 1000) {
            assertThat(bounded(format, Arrays.copyOf(whole, length))).as("%d", length).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void isReadOrRefusedWhateverIsFlipped(Format format) throws IOException {
        byte[] whole = format.whole();
        Random random = new Random(1);
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = whole.clone();
            for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            refused += bounded(format, bytes) ? 0 : 1;
        }
        assertThat(refused).isBetween(ROUNDS / 20, ROUNDS);
    }

    /** Four or eight bytes anywhere: sooner or later that is every length, count and offset. */
    @ParameterizedTest
    @EnumSource
    void isReadOrRefusedWhateverIsExtreme(Format format) throws IOException {
        byte[] whole = format.whole();
        Random random = new Random(2);
        int refused = 0;
        for (int round = 0; round < 5 * ROUNDS; round++) {
            ByteBuffer bytes = ByteBuffer.wrap(whole.clone()).order(ByteOrder.LITTLE_ENDIAN);
            long extreme = EXTREMES[random.nextInt(EXTREMES.length)];
            int at = random.nextInt(whole.length - Long.BYTES);
            if (random.nextBoolean()) {
                bytes.putLong(at, extreme);
            } else {
                bytes.putInt(at, (int) extreme);
            }
            refused += bounded(format, bytes.array()) ? 0 : 1;
        }
        assertThat(refused).isBetween(ROUNDS / 4, 5 * ROUNDS);
    }

    /** Every number in the header, replaced by what no tensor has there. */
    @ParameterizedTest
    @MethodSource("numbersOfTheHeader")
    void isRefusedWhereItsHeaderSaysWhatCannotBe(int start, int end) throws IOException {
        byte[] whole = Format.SAFETENSORS.whole();
        String text = new String(whole, ISO_8859_1);
        for (String number :
                new String[] {
                    "-1",
                    "4294967297",
                    "9223372036854775807",
                    "9223372036854775808",
                    "1e400",
                    "1.5",
                    "null",
                    "[]",
                    "9".repeat(999),
                    "9".repeat(2000)
                }) {
            byte[] bytes =
                    (text.substring(0, start) + number + text.substring(end)).getBytes(ISO_8859_1);
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(0, headerLength() + bytes.length - whole.length);
            assertThat(bounded(Format.SAFETENSORS, bytes)).as(number).isFalse();
        }
    }

    private static Stream<Arguments> numbersOfTheHeader() throws IOException {
        String header = new String(Format.SAFETENSORS.whole(), 8, (int) headerLength(), ISO_8859_1);
        return Pattern.compile("(?<=[\\[,])\\d+(?=[],])")
                .matcher(header)
                .results()
                .map(found -> Arguments.of(8 + found.start(), 8 + found.end()));
    }

    private static long headerLength() throws IOException {
        return ByteBuffer.wrap(Format.SAFETENSORS.whole())
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong(0);
    }

    /** Reads within bounds of time and memory. */
    private static boolean bounded(Format format, byte[] bytes) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        boolean read = assertTimeout(Duration.ofSeconds(10), () -> format.read(bytes));
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(MAX_BYTES);
        return read;
    }
}

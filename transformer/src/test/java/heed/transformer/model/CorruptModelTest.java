package heed.transformer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.OnnxFile;
import heed.transformer.testing.TinyBert;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A broken model is refused with a message of one line, and never breaks anything else. */
final class CorruptModelTest {
    private static final byte[] TINY = TinyBert.model(20).build().toByteArray();

    @Test
    void loadsWhole() throws CheckpointException {
        assertThat(load(TINY).heads()).isEqualTo(TinyBert.HEADS);
    }

    @Test
    void isRefusedWhereverItIsCutOff() {
        Random random = new Random(1);
        for (int length = 0; length < TINY.length; length += 1 + random.nextInt(5)) {
            ByteBuffer cut = ByteBuffer.wrap(TINY, 0, length).slice();
            assertThatExceptionOfType(CheckpointException.class)
                    .as("%d of %d bytes", length, TINY.length)
                    .isThrownBy(() -> load(cut))
                    .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
        }
    }

    /** Where a flipped bit hits a weight nobody can notice: anything else is refused. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 20})
    void isLoadedOrRefusedWhateverIsFlipped(int flips) {
        Random random = new Random(flips);
        int refused = 0;
        for (int round = 0; round < 1000; round++) {
            byte[] bytes = TINY.clone();
            for (int i = 0; i < flips; i++) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                load(bytes);
            } catch (CheckpointException e) {
                assertThat(e.getMessage()).hasLineCount(1);
                refused++;
            }
        }
        assertThat(refused).isBetween(100, 1000);
    }

    @Test
    void theDefaultModelIsRefusedWhereItIsCutOff() throws IOException {
        try (InputStream stream =
                PretrainedEncoder.class.getResourceAsStream("/heed-minilm/all-minilm-l6-v2.onnx")) {
            assertThat(stream).isNotNull();
            byte[] whole = stream.readAllBytes();
            for (int length : new int[] {1, 1000, 1_000_000, 45_000_000, whole.length - 1}) {
                ByteBuffer cut = ByteBuffer.wrap(whole, 0, length).slice();
                assertThatExceptionOfType(CheckpointException.class)
                        .as("%d bytes", length)
                        .isThrownBy(() -> load(cut));
            }
        }
    }

    private static Bert load(byte[] bytes) throws CheckpointException {
        return load(ByteBuffer.wrap(bytes));
    }

    private static Bert load(ByteBuffer bytes) throws CheckpointException {
        return BertConfigs.of(OnnxFile.of(bytes, "tiny.onnx"), ConfigFile.ABSENT);
    }
}

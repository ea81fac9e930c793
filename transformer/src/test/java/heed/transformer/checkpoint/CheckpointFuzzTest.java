package heed.transformer.checkpoint;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Whatever a file holds, it is read or refused with a message of one line. Each target runs on the
 * files in {@code CheckpointFuzzTestInputs/TARGET}, and, with the environment variable {@code
 * JAZZER_FUZZ=1}, on as many others as there is time for.
 */
final class CheckpointFuzzTest {

    @FuzzTest(maxDuration = "1m")
    void safetensors(byte[] bytes) {
        Everything.read(() -> Everything.of(SafetensorsFile.of(MemorySegment.ofArray(bytes), "x")));
    }

    @FuzzTest(maxDuration = "1m")
    void gguf(byte[] bytes) {
        Everything.read(() -> Everything.of(GgufFile.of(MemorySegment.ofArray(bytes), "x")));
    }

    @FuzzTest(maxDuration = "1m")
    void onnx(byte[] bytes) {
        Everything.read(() -> Everything.of(OnnxFile.of(ByteBuffer.wrap(bytes), "x")));
    }
}

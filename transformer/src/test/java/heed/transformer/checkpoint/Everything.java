package heed.transformer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

/** Reads all that a checkpoint has, as far as it lets itself be read. */
final class Everything {

    /** Something that reads. */
    interface Reading {
        void read() throws CheckpointException;
    }

    /**
     * Reads, and asserts that it is refused, if at all, by one line.
     *
     * @return whether it was read
     */
    static boolean read(Reading reading) {
        try {
            reading.read();
            return true;
        } catch (CheckpointException e) {
            assertThat(e.getMessage()).isNotBlank().hasLineCount(1).hasSizeLessThan(1100);
            return false;
        }
    }

    static void of(SafetensorsFile file) {
        of(file.weights());
    }

    static void of(OnnxFile file) {
        of(file.weights());
    }

    static void of(GgufFile file) {
        of(file.weights());
        GgufMetadata metadata = file.metadata();
        for (String key : metadata.keys()) {
            read(() -> metadata.string(key));
            read(() -> metadata.integer(key));
            read(() -> metadata.floating(key));
            read(() -> metadata.bool(key));
            read(() -> metadata.strings(key));
            read(() -> metadata.integers(key));
            read(() -> metadata.floatings(key));
            read(() -> metadata.bools(key));
        }
    }

    private static void of(Weights weights) {
        for (String name : weights.names()) {
            read(() -> assertThat(weights.get(name).data()).isNotNull());
        }
    }

    private Everything() {}
}

package heed.transformer.model;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.GgufMetadata;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Values of an architecture in metadata. */
record GgufValues(String source, GgufMetadata metadata, String architecture) {
    int positive(String key) throws CheckpointException {
        OptionalLong value = metadata.integer(architecture + "." + key);
        if (value.isEmpty() || value.getAsLong() < 1 || value.getAsLong() > Integer.MAX_VALUE) {
            throw new CheckpointException(
                    "%s: %s.%s should be a number of 1 at least, not %s"
                            .formatted(
                                    source,
                                    architecture,
                                    key,
                                    value.isEmpty() ? "missing" : value.getAsLong()));
        }
        return (int) value.getAsLong();
    }

    int positive(String key, int absent) throws CheckpointException {
        return metadata.integer(architecture + "." + key).isEmpty() ? absent : positive(key);
    }

    double number(String key, double absent) throws CheckpointException {
        OptionalDouble value = metadata.floating(architecture + "." + key);
        return value.orElse(absent);
    }
}

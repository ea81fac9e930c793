package heed.transformer.layer;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.StoredTensor;
import heed.transformer.checkpoint.Weights;

/** A table of vectors {@code [entries, features]}. */
public final class Embedding {
    private final int entries;
    private final int features;
    private final StoredTensor table;

    private Embedding(int entries, int features, StoredTensor table) {
        this.entries = entries;
        this.features = features;
        this.table = table;
    }

    /**
     * Takes {@code weight [entries, features]}, which stays as it is stored.
     *
     * @throws CheckpointException if it is missing or of another shape
     */
    public static Embedding of(Weights weights, int entries, int features)
            throws CheckpointException {
        return new Embedding(entries, features, weights.stored("weight", entries, features));
    }

    /**
     * Adds the vector of an entry to row {@code row} of x {@code [n, features]}.
     *
     * @throws IllegalArgumentException if there is no such entry
     */
    public void addTo(float[] x, int row, int entry) {
        if (entry < 0 || entry >= entries) {
            throw new IllegalArgumentException(
                    "%d is not an entry of an embedding of %d".formatted(entry, entries));
        }
        float[] vector = new float[features];
        table.dequantize((long) entry * features, vector, 0, features);
        for (int i = 0; i < features; i++) {
            x[row * features + i] += vector[i];
        }
    }

    /** The table {@code [entries, features]}: of an output layer that is tied to it. */
    public StoredTensor table() {
        return table;
    }
}

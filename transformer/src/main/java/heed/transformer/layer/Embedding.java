package heed.transformer.layer;

import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import heed.transformer.checkpoint.Weights;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A table of vectors {@code [entries, features]}. */
public final class Embedding {
    private static final int COLUMNS_PER_TASK = 64;

    private final int entries;
    private final int features;
    private final StoredTensor table;
    private final @Nullable Parameter parameter;

    private Embedding(
            int entries, int features, StoredTensor table, @Nullable Parameter parameter) {
        this.entries = entries;
        this.features = features;
        this.table = table;
        this.parameter = parameter;
    }

    /**
     * Takes {@code weight [entries, features]}, which stays as it is stored.
     *
     * @throws CheckpointException if it is missing or of another shape
     */
    public static Embedding of(Weights weights, int entries, int features)
            throws CheckpointException {
        return new Embedding(entries, features, weights.stored("weight", entries, features), null);
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
        if (parameter != null) {
            add(parameter.value(), entry * features, x, row * features);
            return;
        }
        float[] vector = new float[features];
        table.dequantize((long) entry * features, vector, 0, features);
        add(vector, 0, x, row * features);
    }

    private void add(float[] vector, int from, float[] x, int to) {
        for (int i = 0; i < features; i++) {
            x[to + i] += vector[from + i];
        }
    }

    /** A table that is learnt: {@code weight [entries, features]}. */
    public static Embedding trained(Parameters parameters, int entries, int features) {
        Parameter weight = parameters.get("weight", entries, features);
        StoredTensor live =
                new StoredTensor(
                        weight.name(),
                        weight.shape(),
                        ElementType.F32,
                        MemorySegment.ofArray(weight.value()));
        return new Embedding(entries, features, live, weight);
    }

    /**
     * The gradients of rows that {@link #addTo} made: {@code dtable[ids[r]] += dx[r]}.
     *
     * @param ids the entry of each row
     * @param n rows
     * @param dx {@code [n, features]}
     * @throws IllegalStateException if the table is not learnt
     */
    public void backward(int[] ids, int n, float[] dx) {
        if (parameter == null) {
            throw new IllegalStateException("an embedding that is not learnt has no gradients");
        }
        float[] dTable = parameter.gradient();
        ThreadTeam.run(
                ThreadTeam.defaultThreads(),
                (features + COLUMNS_PER_TASK - 1) / COLUMNS_PER_TASK,
                () ->
                        task -> {
                            int from = task * COLUMNS_PER_TASK;
                            int width = Math.min(COLUMNS_PER_TASK, features - from);
                            for (int row = 0; row < n; row++) {
                                int to = ids[row] * features + from;
                                int at = row * features + from;
                                for (int c = 0; c < width; c++) {
                                    dTable[to + c] += dx[at + c];
                                }
                            }
                        });
    }

    /** The table {@code [entries, features]}: of an output layer that is tied to it. */
    public StoredTensor table() {
        return table;
    }
}

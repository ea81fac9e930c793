package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Panel;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * Dropout of a block of queries against a block of keys: a bit for each pair, made anew for each
 * tile and never stored beyond it. Belongs to one task.
 */
final class DropoutPanel {
    private final Dropout dropout;
    private final KernelInput input;
    private final long[] kept = new long[ForwardKernel.KEYS];
    private final long[] group = new long[Dropout.WORDS];

    private DropoutPanel(Dropout dropout, KernelInput input) {
        this.dropout = dropout;
        this.input = input;
    }

    /** Null where the input has no dropout, so that it costs nothing there. */
    static @Nullable DropoutPanel of(KernelInput input) {
        Dropout dropout = input.dropout();
        return dropout == null ? null : new DropoutPanel(dropout, input);
    }

    /**
     * Draws which of a tile's weights stay: query rows from {@code firstQuery} on, {@code keys} key
     * rows from {@code firstKey} on, at most {@link ForwardKernel#KEYS}.
     */
    void draw(int head, int firstQuery, int firstKey, int keys) {
        int queryPosition = input.firstQuery() + firstQuery;
        int first = input.firstKey() + firstKey;
        for (int j = 0; j < keys; ) {
            int position = first + j;
            dropout.keep(head, queryPosition, position / Dropout.WORDS, group);
            for (int w = position % Dropout.WORDS; w < Dropout.WORDS && j < keys; w++, j++) {
                kept[j] = group[w];
            }
        }
    }

    /**
     * {@code values = values ∘ M / (1 − p)} for the tile drawn last, {@code [keys, QUERIES]}, in
     * columns {@code column … end − 1}; 0 where a weight is dropped, whatever the value is.
     */
    void apply(Panel panel, int column, int end) {
        float[] values = panel.data();
        int keys = panel.rows();
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int j = 0; j < keys; j++) {
            for (int i = column; i < end; i += WIDTH) {
                VectorMask<Float> stays = VectorMask.fromLong(FLOATS, kept[j] >>> i);
                int at = panel.index(j, i);
                FloatVector scaled =
                        FloatVector.fromArray(FLOATS, values, at).mul(dropout.factor());
                zero.blend(scaled, stays).intoArray(values, at);
            }
        }
    }
}

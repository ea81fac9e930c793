package heed.attention.kernel;

import static heed.simd.Lanes.PANEL;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the backward pass reads and writes.
 *
 * @param out what the forward pass gave {@code [H, n_q, d_v]}
 * @param lse what the forward pass gave {@code [H, n_q]}
 * @param dOut gradient of the output {@code [H, n_q, d_v]}
 * @param dq for each slice of the keys, of one or more segments, its part of the gradient {@code
 *     [H, n_q, d]}; the first becomes the sum
 * @param segments of the keys; their parts of dQ are added up two by two, and then these sums
 * @param dk {@code [Hkv, n_k, d]}
 * @param dv {@code [Hkv, n_k, d_v]}
 * @param dBias {@code [H, n_q, n_k]}, or null if nobody asks
 */
public record BackwardProblem(
        KernelInput input,
        HeadView out,
        float[] lse,
        HeadView dOut,
        List<HeadView> dq,
        int segments,
        HeadView dk,
        HeadView dv,
        @Nullable HeadView dBias) {

    /** Segments of which a slice is the sum. */
    int segmentsInSlice() {
        return segments / dq.size();
    }

    /** The first key of a segment; that of the one behind the last is their number. */
    int firstKey(int segment) {
        return (int) ((long) input.k().rows() * segment / segments);
    }

    /** Adds a head's slices of dQ up in the first of them, and scales the sum. */
    void addUpSlices(int head) {
        int pair = segments == 1 ? 1 : 2 / segmentsInSlice();
        for (int i = 0; i < dq.size(); i += pair) {
            if (pair == 2) {
                add(head, i + 1, i);
            }
            if (i > 0) {
                add(head, i, 0);
            }
        }
        dq.getFirst().scale(head, 0, dq.getFirst().rows(), input.scale());
    }

    private void add(int head, int slice, int toSlice) {
        HeadView added = dq.get(slice);
        HeadView sum = dq.get(toSlice);
        for (int row = 0; row < sum.rows(); row++) {
            int to = sum.index(head, row);
            int from = added.index(head, row);
            for (int c = 0; c < sum.columns(); c++) {
                sum.data()[to + c] += added.data()[from + c];
            }
        }
    }

    /** The gradient of a bias is that of the score that it is added to. */
    void keepBiasGradient(int head, int query, int queries, int key, int keys, float[] dScores) {
        if (dBias == null) {
            return;
        }
        for (int i = 0; i < queries; i++) {
            int row = dBias.index(head, query + i) + key;
            for (int j = 0; j < keys; j++) {
                dBias.data()[row + j] = dScores[j * PANEL + i];
            }
        }
    }
}

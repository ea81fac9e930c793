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
 * @param dq for each segment of the keys its part of the gradient {@code [H, n_q, d]}; the first
 *     becomes the sum
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
        HeadView dk,
        HeadView dv,
        @Nullable HeadView dBias) {

    /** Adds a head's parts of dQ to the first of them, in order. */
    void addUpSegments(int head) {
        HeadView sum = dq.getFirst();
        for (HeadView part : dq.subList(1, dq.size())) {
            for (int row = 0; row < sum.rows(); row++) {
                int to = sum.index(head, row);
                int from = part.index(head, row);
                for (int c = 0; c < sum.columns(); c++) {
                    sum.data()[to + c] += part.data()[from + c];
                }
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

package heed.attention;

import org.jspecify.annotations.Nullable;

/**
 * Gradients of a loss with respect to what attention was computed from.
 *
 * @param dq {@code [H, n_q, d]}, in the order of dimensions that the queries had
 * @param dk {@code [Hkv, n_k, d]}, in the order of dimensions that the keys had: the sum over the
 *     query heads that read a key head
 * @param dv {@code [Hkv, n_k, d_v]}, in the order of dimensions that the values had
 * @param dSinks {@code [H]}, or null if the input has no sinks
 * @param dBias {@code [H, n_q, n_k]}, or null if it was not asked for; where one head of a bias
 *     serves for all, its gradient is the sum over the heads
 */
public record AttentionGradients(
        Heads dq, Heads dk, Heads dv, float @Nullable [] dSinks, @Nullable Heads dBias) {}

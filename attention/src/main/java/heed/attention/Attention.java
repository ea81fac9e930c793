package heed.attention;

import static heed.attention.Preconditions.check;

import heed.attention.kernel.ForwardKernel;
import heed.simd.ThreadTeam;

/**
 * Exact attention (Vaswani et al. 2017, eq. 1): {@code O = softmax(scale · Q Kᵀ + bias, masked) V},
 * for many heads. This is the one place where attention is computed.
 */
public final class Attention {

    /**
     * Attention on all processors of this machine.
     *
     * @return {@code out [H, n_q, d_v]} and {@code lse [H, n_q]}
     */
    public static AttentionOutput forward(AttentionInput input) {
        return forward(input, ThreadTeam.defaultThreads());
    }

    /**
     * Attention on up to {@code threads} threads, whose number does not change a bit of the result.
     *
     * @return {@code out [H, n_q, d_v]} and {@code lse [H, n_q]}
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public static AttentionOutput forward(AttentionInput input, int threads) {
        check(threads >= 1, "attention needs at least 1 thread, not %d", threads);
        Heads q = input.q();
        Heads out = q.zerosLike(input.v().columns());
        float[] lse = new float[q.heads() * q.rows()];
        ForwardKernel.run(input.forKernel(), out.view(), lse, threads);
        return new AttentionOutput(out, lse);
    }

    private Attention() {}
}

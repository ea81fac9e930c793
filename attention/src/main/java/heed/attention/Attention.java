package heed.attention;

import static heed.attention.Preconditions.check;

import heed.attention.kernel.ForwardKernel;
import heed.simd.ThreadTeam;

/**
 * Exact attention (Vaswani et al. 2017, eq. 1): {@code O = softmax(scale · Q Kᵀ + bias, masked) V},
 * for many heads. This is the one place where attention is computed.
 */
public final class Attention {
    private static final int WARM_UP_CALLS = 20;

    /** Tokens and columns of a first warm-up: products of few rows have tiles of their own. */
    private static final int SHORT_WARM_UP = 32;

    private static final int WARM_UP_TOKENS = 128;
    private static final int WARM_UP_COLUMNS = 64;

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
        Heads q = input.q();
        AttentionOutput output =
                new AttentionOutput(
                        q.zerosLike(input.v().columns()), new float[q.heads() * q.rows()]);
        forward(input, output, threads);
        return output;
    }

    /**
     * The same in arrays that are there, as a training makes it again and again.
     *
     * @param output {@code out [H, n_q, d_v]} and {@code lse [H, n_q]}; overwritten
     * @throws IllegalArgumentException if its shape is another, or {@code threads} is less than 1
     */
    public static void forward(AttentionInput input, AttentionOutput output, int threads) {
        check(threads >= 1, "attention needs at least 1 thread, not %d", threads);
        Backward.checkShape("an output", output.out(), input);
        ForwardKernel.run(input.forKernel(), output.out().view(), output.lse(), threads);
    }

    /**
     * Attends to small inputs until {@link #forward} is compiled: without it a fresh JVM spends
     * most of a second on that in the first call. It takes about half a second of one processor, so
     * a thread of its own may do it while a model loads. What a sentence needs is compiled first.
     */
    public static void warmUp() {
        warmUp(SHORT_WARM_UP, SHORT_WARM_UP);
        warmUp(WARM_UP_TOKENS, WARM_UP_COLUMNS);
    }

    private static void warmUp(int tokens, int columns) {
        Heads x = Heads.zeros(1, tokens, columns);
        AttentionInput full = AttentionInput.of(x, x, x);
        AttentionInput causal = full.withMask(AttentionMask.causal());
        for (int call = 0; call < WARM_UP_CALLS; call++) {
            var _ = forward(call % 2 == 0 ? full : causal, 1);
        }
    }

    /**
     * Gradients of a loss, from those of the output, on all processors of this machine.
     *
     * @param input what attention was computed from
     * @param output what {@link #forward} returned for it
     * @param dOut gradient of {@code output.out()}: {@code [H, n_q, d_v]}
     */
    public static AttentionGradients backward(
            AttentionInput input, AttentionOutput output, Heads dOut) {
        return backward(input, output, dOut, ThreadTeam.defaultThreads());
    }

    /**
     * Gradients of a loss, from those of the output (Dao 2023, §3.1.2), on up to {@code threads}
     * threads, whose number does not change a bit of the result. Memory grows with the tokens, not
     * with their square. A masked pair has no part in any gradient; dropout is that of the forward
     * pass, drawn again.
     *
     * @throws IllegalArgumentException if the shapes of the three do not fit together, or {@code
     *     threads} is less than 1
     */
    public static AttentionGradients backward(
            AttentionInput input, AttentionOutput output, Heads dOut, int threads) {
        return Backward.run(input, output, dOut, threads, null);
    }

    /**
     * The same in arrays that are there, as a training makes it again and again.
     *
     * @param gradients {@code dq [H, n_q, d]}, {@code dk [Hkv, n_k, d]} and {@code dv [Hkv, n_k,
     *     d_v]}; overwritten. Those of sinks and bias are not made.
     * @throws IllegalArgumentException if the shapes do not fit together, or {@code threads} is
     *     less than 1
     */
    public static void backward(
            AttentionInput input,
            AttentionOutput output,
            Heads dOut,
            AttentionGradients gradients,
            int threads) {
        Backward.overwrite(input, output, dOut, threads, gradients);
    }

    /**
     * The same with the gradient of a bias, {@code [H, n_q, n_k]}: as large as a matrix of all
     * scores.
     *
     * @throws IllegalArgumentException if the shapes of the three do not fit together, or {@code
     *     threads} is less than 1
     */
    public static AttentionGradients backwardWithBias(
            AttentionInput input, AttentionOutput output, Heads dOut, int threads) {
        Heads q = input.q();
        Heads dBias = Heads.zeros(q.heads(), q.rows(), Math.max(1, input.k().rows()));
        return Backward.run(input, output, dOut, threads, dBias);
    }

    private Attention() {}
}

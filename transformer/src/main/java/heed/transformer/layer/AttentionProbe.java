package heed.transformer.layer;

import heed.attention.AttentionInput;
import heed.attention.AttentionOutput;

/** Looks on while a model runs: called by every attention layer with what it computed. */
@FunctionalInterface
public interface AttentionProbe {

    /** Called once by each layer, from 0, in order; it may keep both arguments. */
    void attended(int layer, AttentionInput input, AttentionOutput output);

    /**
     * Called by each layer before it attends.
     *
     * @param x {@code [n, hidden]}: the residual stream, to which what attention brings is added;
     *     it may keep it and must not change it
     */
    default void entering(int layer, float[] x) {}

    /** Looks away. */
    static AttentionProbe none() {
        return (layer, input, output) -> {};
    }
}

package heed.transformer.layer;

import heed.attention.AttentionInput;
import heed.attention.AttentionOutput;

/** Looks on while a model runs: called by every attention layer with what it computed. */
@FunctionalInterface
public interface AttentionProbe {

    /** Called once by each layer, from 0, in order; it may keep both arguments. */
    void attended(int layer, AttentionInput input, AttentionOutput output);

    /** Looks away. */
    static AttentionProbe none() {
        return (layer, input, output) -> {};
    }
}

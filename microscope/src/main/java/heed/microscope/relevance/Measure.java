package heed.microscope.relevance;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A way to say how much one token matters to another. */
public enum Measure {
    /**
     * {@code Σ ‖α f(x)‖} over heads, where {@code f(x) = (x W_V + b_V) W_O}: the length of the
     * vector that attention really moves, not the weight alone (Kobayashi et al. 2020, "Attention
     * is Not Only a Weight"). Rows do not sum to 1.
     */
    NORM(null),
    /** The attention weights themselves, averaged over heads where there are several. */
    RAW(null),
    /**
     * Attention rollout (Abnar &amp; Zuidema 2020): {@code R_l = rownorm(A_l + I) R_(l−1)}, with
     * A_l the mean of a layer's heads.
     */
    ROLLOUT("a rough guide: it tends to collapse onto the first token"),
    /**
     * Aggregation of layer-wise token-to-token interactions (Ferrando et al. 2022): in each layer
     * how much nearer a token's vector is to what it became than to what it would be without
     * another token's part in it; the layers multiplied.
     */
    ALTI(null);

    private final @Nullable String warning;

    Measure(@Nullable String warning) {
        this.warning = warning;
    }

    /** What to bear in mind. */
    public Optional<String> warning() {
        return Optional.ofNullable(warning);
    }

    /** Whether it takes all heads of all layers, so that none can be chosen. */
    public boolean isOfWholeModel() {
        return switch (this) {
            case NORM, RAW -> false;
            case ROLLOUT, ALTI -> true;
        };
    }
}

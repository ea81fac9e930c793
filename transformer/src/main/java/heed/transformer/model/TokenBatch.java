package heed.transformer.model;

/**
 * Sequences of the same length to learn from, one behind the other.
 *
 * @param inputs {@code [sequences · length]}: their tokens
 * @param targets {@code [sequences · length]}: the token that follows on each
 */
public record TokenBatch(int sequences, int length, int[] inputs, int[] targets) {

    /**
     * @throws IllegalArgumentException if there are not as many inputs or targets
     */
    public TokenBatch {
        if (inputs.length != (long) sequences * length || targets.length != inputs.length) {
            throw new IllegalArgumentException(
                    "%d sequences of %d tokens, but %d inputs and %d targets"
                            .formatted(sequences, length, inputs.length, targets.length));
        }
    }

    /** How many tokens are predicted. */
    public int tokens() {
        return inputs.length;
    }
}

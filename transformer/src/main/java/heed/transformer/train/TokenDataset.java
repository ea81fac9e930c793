package heed.transformer.train;

import heed.transformer.model.TokenBatch;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;

/**
 * The tokens of a text, the first part to learn from and the rest to be tested with.
 *
 * <p>What is drawn depends on a seed and the number of the step alone: whoever goes on at a step
 * sees what it would have seen.
 */
public final class TokenDataset {
    /** Share of the tokens to learn from, as in nanoGPT. */
    private static final double TRAINING = 0.9;

    private final int[] ids;
    private final int trainingTokens;
    private final int context;

    /**
     * @param ids the tokens of the text
     * @param context tokens of a sequence
     * @throws IllegalArgumentException if the text is too short for one sequence to learn from and
     *     one token to be tested with
     */
    public TokenDataset(int[] ids, int context) {
        this.ids = ids.clone();
        this.context = context;
        this.trainingTokens = (int) (TRAINING * ids.length);
        if (trainingTokens < context + 1 || ids.length - trainingTokens < 2) {
            throw new IllegalArgumentException(
                    "a text of %d tokens is too short for a context of %d: nine tenths of it are to learn from, and must be more than a context"
                            .formatted(ids.length, context));
        }
    }

    /** Tokens to learn from. */
    public int trainingTokens() {
        return trainingTokens;
    }

    /** Tokens to be tested with. */
    public int validationTokens() {
        return ids.length - trainingTokens;
    }

    /** Sequences from anywhere in the part to learn from. */
    public TokenBatch batch(int sequences, long seed, int step) {
        SplittableRandom random = random(seed, step);
        int[] starts = new int[sequences];
        Arrays.setAll(starts, _ -> random.nextInt(trainingTokens - context));
        return batch(starts, context);
    }

    /**
     * A generator for each step. What it is seeded with is mixed: the numbers of generators whose
     * seeds stand apart as its own steps do would be the same, one behind the other.
     */
    private static SplittableRandom random(long seed, int step) {
        long ofSeed = new SplittableRandom(seed).nextLong();
        return new SplittableRandom(new SplittableRandom(ofSeed ^ step).nextLong());
    }

    /** How many windows the part to be tested with has: consecutive ones, the last one shorter. */
    public int windows() {
        return (validationTokens() - 1 + context - 1) / context;
    }

    /** Windows {@code first … first + count − 1}, which have the same length. */
    public TokenBatch windows(int first, int count) {
        int[] starts = new int[count];
        Arrays.setAll(starts, i -> trainingTokens + (first + i) * context);
        return batch(starts, windowLength(first));
    }

    /** Tokens that are predicted in a window. */
    public int windowLength(int window) {
        return Math.min(context, ids.length - 1 - trainingTokens - window * context);
    }

    private TokenBatch batch(int[] starts, int length) {
        int[] inputs = new int[starts.length * length];
        int[] targets = new int[inputs.length];
        for (int s = 0; s < starts.length; s++) {
            System.arraycopy(ids, starts[s], inputs, s * length, length);
            System.arraycopy(ids, starts[s] + 1, targets, s * length, length);
        }
        return new TokenBatch(starts.length, length, inputs, targets);
    }

    /** What tells these tokens from others: their SHA-256. */
    public String fingerprint() {
        ByteBuffer bytes = ByteBuffer.allocate(ids.length * Integer.BYTES);
        bytes.asIntBuffer().put(ids);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes.array());
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

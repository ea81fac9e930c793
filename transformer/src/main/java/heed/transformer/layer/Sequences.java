package heed.transformer.layer;

import java.util.ArrayList;
import java.util.List;

/**
 * Sequences {@code first … first + count − 1} of a batch. Their tokens are rows of its arrays, one
 * sequence after another.
 *
 * @param length tokens of each
 */
public record Sequences(int first, int count, int length) {
    /** Rows that make products efficient. */
    private static final int ROWS = 128;

    /**
     * Cuts a batch into parts that go through layers at once, each on one thread; or leaves it
     * whole, for all threads to share in every layer, where it has too few sequences. What is
     * computed of a sequence does not depend on it.
     */
    public static List<Sequences> parts(int count, int length, int threads) {
        if (threads == 1 || count < 2 * threads) {
            return List.of(new Sequences(0, count, length));
        }
        int most = Math.clamp((ROWS + length - 1) / length, 1, count / threads);
        List<Sequences> parts = new ArrayList<>();
        for (int first = 0; first < count; first += most) {
            parts.add(new Sequences(first, Math.min(most, count - first), length));
        }
        return parts;
    }

    /** The sequence behind the last. */
    public int end() {
        return first + count;
    }

    /** The rows of all their tokens. */
    public RowRange rows() {
        return new RowRange(first * length, count * length);
    }

    /** The rows of the tokens of one of them. */
    RowRange rows(int sequence) {
        return new RowRange(sequence * length, length);
    }
}

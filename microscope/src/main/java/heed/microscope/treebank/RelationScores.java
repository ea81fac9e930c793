package heed.microscope.treebank;

import heed.microscope.HeadId;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How well the heads of a model find the pairs of one relation.
 *
 * @param relation its name, such as {@code nsubj}
 * @param count pairs that were scored
 * @param offset the best fixed guess: head − dependent, in words
 * @param offsetAccuracy how often that is right
 * @param toHead for each head, layer by layer, how often the dependent looks hardest at its head
 * @param toDependent for each head how often the head looks hardest at its dependent
 * @param best the best head of each direction
 */
public record RelationScores(
        String relation,
        int count,
        int offset,
        double offsetAccuracy,
        List<Double> toHead,
        List<Double> toDependent,
        Map<Direction, Best> best) {

    /** Points that a head must be ahead of the best fixed offset to be called after a relation. */
    private static final double AHEAD = 0.10;

    /** Pairs from which on it may be. */
    private static final int FEWEST = 20;

    public RelationScores {
        toHead = List.copyOf(toHead);
        toDependent = List.copyOf(toDependent);
        best = Map.copyOf(best);
    }

    /**
     * The head that was chosen for a direction.
     *
     * @param accuracy how often it is right
     * @param low of the 95 % interval of that, by bootstrap over sentences
     * @param high of that interval
     */
    public record Best(HeadId head, double accuracy, double low, double high) {}

    /** The head that was chosen for a direction. */
    public Best best(Direction direction) {
        return Objects.requireNonNull(best.get(direction));
    }

    /**
     * Whether a head is so far ahead of the baseline that it may be called after the relation: 10
     * points at least, the baseline outside its interval, and on 20 pairs or more.
     */
    public boolean isEarned(Direction direction) {
        Best found = best(direction);
        return count >= FEWEST
                && found.accuracy() >= offsetAccuracy + AHEAD
                && found.low() > offsetAccuracy;
    }
}

package heed.microscope.coreference;

import heed.microscope.HeadId;
import heed.microscope.relevance.Measure;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How often what refers looks harder at the candidate that is meant than at the other.
 *
 * @param cases that were scored
 * @param pairs groups of two cases or more
 * @param leftOut cases that the model cannot read whole, or of which a span has no piece
 * @param nearest how often the nearer candidate is the right one: the baseline
 * @param heads each head, layer by layer
 * @param measures each measure of relevance, over all heads
 */
public record PairScores(
        int cases,
        int pairs,
        int leftOut,
        double nearest,
        List<HeadScore> heads,
        Map<Measure, Score> measures) {

    public PairScores {
        heads = List.copyOf(heads);
        measures = Map.copyOf(measures);
    }

    /** The score of a measure, over all heads. */
    public Score of(Measure measure) {
        return Objects.requireNonNull(measures.get(measure));
    }

    /** The score of a head. */
    public Score of(HeadId head) {
        return heads.stream()
                .filter(found -> found.head().equals(head))
                .findFirst()
                .orElseThrow()
                .score();
    }

    /**
     * How often it is right.
     *
     * @param accuracy in single cases
     * @param both in all cases of a pair at once; NaN if there are no pairs
     */
    public record Score(double accuracy, double both) {}

    /** The score of a head. */
    public record HeadScore(HeadId head, Score score) {}
}

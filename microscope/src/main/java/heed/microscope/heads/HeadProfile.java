package heed.microscope.heads;

import heed.microscope.HeadId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What was measured of a head.
 *
 * @param values only those that apply to the model and the text
 * @param offset key − query where the largest weight of a row stands most often
 * @param tokens rows that were read
 * @param repeated rows of tokens that stood earlier in their text
 * @param uniformEntropy what {@link HeadMeasure#ENTROPY} would be if each row were spread evenly
 *     over what its token sees
 */
public record HeadProfile(
        HeadId head,
        Map<HeadMeasure, Double> values,
        int offset,
        long tokens,
        long repeated,
        double uniformEntropy) {

    /** Above it a head is called previous or next token (Clark et al. 2019, §3.1). */
    private static final double POSITION = 0.5;

    /** Above it a head is called after its special tokens (§3.2), or after the first one. */
    private static final double SPECIAL = 0.6;

    /** Above it a head is called broad (§3.3), in nats. */
    private static final double BROAD = 3.8;

    /**
     * A head that spreads its attention more evenly than this share of what is possible is idle.
     */
    private static final double UNIFORM = 0.95;

    /** From it on a head is called positional (Voita et al. 2019, §5). */
    private static final double POSITIONAL = 0.9;

    /** Above it a head is called after repeated tokens. */
    private static final double REPEATED = 0.5;

    /** Fewer rows earn no label. */
    private static final int FEWEST = 8;

    public HeadProfile {
        values = Map.copyOf(new EnumMap<>(values));
    }

    /** The value, or NaN if the measure does not apply. */
    public double get(HeadMeasure measure) {
        return values.getOrDefault(measure, Double.NaN);
    }

    /** The labels that the head has earned, with what earned them. */
    public List<HeadLabel> labels() {
        List<HeadLabel> labels = new ArrayList<>();
        if (tokens < FEWEST) {
            return labels;
        }
        label(labels, "previous token", HeadMeasure.PREVIOUS, POSITION);
        label(labels, "next token", HeadMeasure.NEXT, POSITION);
        if (labels.isEmpty() && get(HeadMeasure.OFFSET_SHARE) >= POSITIONAL) {
            labels.add(
                    new HeadLabel(
                            "positional (%+d)".formatted(offset), get(HeadMeasure.OFFSET_SHARE)));
        }
        if (repeated >= FEWEST) {
            label(labels, "duplicate token", HeadMeasure.DUPLICATE, REPEATED);
            label(labels, "induction", HeadMeasure.INDUCTION, REPEATED);
        }
        label(labels, "special tokens", HeadMeasure.SPECIAL, SPECIAL);
        if (!values.containsKey(HeadMeasure.SPECIAL)) {
            label(labels, "first token", HeadMeasure.FIRST, SPECIAL);
        }
        if (get(HeadMeasure.ENTROPY) < UNIFORM * uniformEntropy) {
            label(labels, "broad", HeadMeasure.ENTROPY, BROAD);
        }
        return labels;
    }

    private void label(List<HeadLabel> labels, String name, HeadMeasure measure, double above) {
        if (get(measure) > above) {
            labels.add(new HeadLabel(name, get(measure)));
        }
    }
}

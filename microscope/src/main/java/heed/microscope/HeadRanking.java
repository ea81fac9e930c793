package heed.microscope;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which heads look hardest from a unit at another one: ranked by their largest single weight. */
public final class HeadRanking {

    /**
     * A head and what it looks at.
     *
     * @param query the unit that looks
     * @param attends its largest weights, as they are, without the unit itself and special tokens
     */
    public record Entry(HeadId head, int query, List<Focus.Target> attends) {}

    private final List<HeadId> heads;
    private final List<double[][]> weights;

    /** Reads the weights of the given heads, unit by unit. */
    public HeadRanking(AttentionTrace trace, List<HeadId> heads, Units units) {
        this.heads = List.copyOf(heads);
        this.weights =
                heads.stream()
                        .map(head -> List.of(head))
                        .map(head -> units.group(Relevance.raw(trace, head), trace.visible(head)))
                        .toList();
    }

    /**
     * The {@code count} heads that look hardest from a unit, each with its {@code targets} largest
     * weights.
     */
    public List<Entry> hardest(int query, int count, int targets) {
        List<Entry> entries = new ArrayList<>();
        for (int h = 0; h < heads.size(); h++) {
            List<Focus.Target> others = new ArrayList<>();
            double[] row = weights.get(h)[query];
            for (int key = 0; key < row.length; key++) {
                if (key != query && !Double.isNaN(row[key])) {
                    others.add(new Focus.Target(key, row[key]));
                }
            }
            if (!others.isEmpty()) {
                entries.add(new Entry(heads.get(h), query, Focus.largest(others, targets)));
            }
        }
        return entries.stream()
                .sorted(
                        Comparator.comparingDouble(
                                        (Entry entry) -> entry.attends().getFirst().weight())
                                .reversed())
                .limit(count)
                .toList();
    }
}

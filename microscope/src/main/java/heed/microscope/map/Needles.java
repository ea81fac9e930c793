package heed.microscope.map;

import heed.attention.AttentionWeights;
import heed.microscope.map.HeadMap.Spot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Finds the weights that stand out most, in a map that is built. */
final class Needles {
    /** Rows that are looked at: those whose largest weight stands out most. */
    private static final int CANDIDATES = 1000;

    /** Up to {@code count}, each of another query and another key, the most outstanding first. */
    static List<Spot> find(MapScores scores, MapPyramid pyramid, RowPeaks peaks, int count) {
        List<Integer> candidates =
                IntStream.range(0, scores.queries())
                        .boxed()
                        .sorted(Comparator.comparingDouble(query -> -peaks.lift()[query]))
                        .limit(CANDIDATES)
                        .toList();
        List<Spot> needles = new ArrayList<>();
        for (int query : candidates) {
            if (needles.size() < count && peaks.weight()[query] > 0) {
                List<Integer> columns =
                        pyramid.columnsWith(query, MapCode.of(peaks.weight()[query]));
                Spot spot = largest(scores, query, columns);
                if (needles.stream().noneMatch(other -> other.key() == spot.key())) {
                    needles.add(spot);
                }
            }
        }
        return needles;
    }

    /** The largest weight of a query in some columns of the pyramid's finest level. */
    private static Spot largest(MapScores scores, int query, List<Integer> columns) {
        AttentionWeights weights = scores.of(query, 1);
        Spot largest = new Spot(query, 0, -1);
        for (int column : columns) {
            int key = column << MapPyramid.BASE;
            int keys = Math.min(1 << MapPyramid.BASE, scores.keys() - key);
            float[] row = weights.tile(scores.head(), query, 1, key, keys)[0];
            for (int j = 0; j < keys; j++) {
                if (row[j] > largest.weight()) {
                    largest = new Spot(query, key + j, row[j]);
                }
            }
        }
        return largest;
    }

    private Needles() {}
}

package heed.microscope.heads;

import heed.microscope.HeadId;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** Sums over rows of one head, from which its profile is made; sums of parts add up. */
final class HeadSums {
    private static final double FIRST_AT_MOST = 0.9;

    /** A sum and how many numbers are in it. */
    private static final class Mean {
        private double sum;
        private double count;
    }

    private final Map<HeadMeasure, Mean> means = new EnumMap<>(HeadMeasure.class);
    private final Map<Integer, Integer> offsets = new HashMap<>();
    private final Mean uniform = new Mean();
    private long tokens;
    private long repeated;

    /**
     * Adds a row.
     *
     * @param row {@code [n]}, of which {@code from … end − 1} counts
     * @param causal whether the token sees none behind it
     */
    void add(
            float[] row,
            int from,
            int end,
            int token,
            boolean causal,
            boolean[] special,
            boolean anySpecial,
            RepeatedTokens copies) {
        tokens++;
        if (token > 0) {
            add(HeadMeasure.PREVIOUS, at(row, from, end, token - 1));
        }
        if (!causal && token + 1 < row.length) {
            add(HeadMeasure.NEXT, at(row, from, end, token + 1));
        }
        add(HeadMeasure.SELF, at(row, from, end, token));
        double first = at(row, from, end, 0);
        add(HeadMeasure.FIRST, first);
        double onSpecial = 0;
        double entropy = 0;
        double distance = 0;
        double sum = 0;
        int largest = from;
        for (int key = from; key < end; key++) {
            double weight = row[key];
            if (weight > 0) {
                entropy -= weight * Math.log(weight);
            }
            distance += weight * (token - key);
            sum += weight;
            onSpecial += special[key] ? weight : 0;
            largest = weight > row[largest] ? key : largest;
        }
        if (anySpecial) {
            add(HeadMeasure.SPECIAL, onSpecial);
        }
        add(HeadMeasure.ENTROPY, entropy);
        uniform.sum += Math.log(causal ? token + 1 - from : end - from);
        uniform.count++;
        if (first <= FIRST_AT_MOST && sum > first) {
            double rest = sum - first;
            double ofRest = entropy + (first > 0 ? first * Math.log(first) : 0);
            add(HeadMeasure.ENTROPY_WITHOUT_FIRST, ofRest / rest + Math.log(rest));
        }
        means.computeIfAbsent(HeadMeasure.DISTANCE, _ -> new Mean()).count += sum;
        means.get(HeadMeasure.DISTANCE).sum += distance;
        add(HeadMeasure.CONFIDENCE, end > from ? row[largest] : 0);
        offsets.merge(largest - token, 1, Integer::sum);
        if (copies.copies(token) > 0) {
            repeated++;
            add(HeadMeasure.DUPLICATE, copies.onCopies(row, token));
            add(HeadMeasure.INDUCTION, copies.onFollowers(row, token));
        }
    }

    private static double at(float[] row, int from, int end, int key) {
        return key >= from && key < end ? row[key] : 0;
    }

    private void add(HeadMeasure measure, double value) {
        Mean mean = means.computeIfAbsent(measure, _ -> new Mean());
        mean.sum += value;
        mean.count++;
    }

    /** Adds the sums over other rows. */
    void add(HeadSums other) {
        tokens += other.tokens;
        repeated += other.repeated;
        uniform.sum += other.uniform.sum;
        uniform.count += other.uniform.count;
        other.means.forEach(
                (measure, mean) -> {
                    Mean into = means.computeIfAbsent(measure, _ -> new Mean());
                    into.sum += mean.sum;
                    into.count += mean.count;
                });
        other.offsets.forEach((offset, count) -> offsets.merge(offset, count, Integer::sum));
    }

    /**
     * What the sums amount to.
     *
     * @param variability NaN if it was not measured
     */
    HeadProfile profile(HeadId head, double variability) {
        Map<HeadMeasure, Double> values = new EnumMap<>(HeadMeasure.class);
        means.forEach(
                (measure, mean) -> {
                    if (mean.count > 0) {
                        values.put(measure, mean.sum / mean.count);
                    }
                });
        if (!Double.isNaN(variability)) {
            values.put(HeadMeasure.VARIABILITY, variability);
        }
        int offset = 0;
        int most = 0;
        for (Map.Entry<Integer, Integer> entry : offsets.entrySet()) {
            boolean nearer = Math.abs(entry.getKey()) < Math.abs(offset);
            if (entry.getValue() > most || (entry.getValue() == most && nearer)) {
                offset = entry.getKey();
                most = entry.getValue();
            }
        }
        if (tokens > 0) {
            values.put(HeadMeasure.OFFSET_SHARE, most / (double) tokens);
        }
        return new HeadProfile(
                head, values, offset, tokens, repeated, uniform.sum / Math.max(1, uniform.count));
    }
}

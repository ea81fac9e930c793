package heed.microscope.treebank;

import heed.microscope.HeadId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The heads of a model against a treebank.
 *
 * @param sentences that were read
 * @param skipped sentences that the model cannot read whole
 * @param pairsLeftOut pairs of words of which one has no piece
 * @param split whether heads were chosen on one half of the sentences and scored on the other
 * @param heads of the model, layer by layer
 * @param relations the commonest first
 */
public record TreebankScores(
        int sentences,
        int skipped,
        int pairsLeftOut,
        boolean split,
        List<HeadId> heads,
        List<RelationScores> relations) {
    private static final int RESAMPLES = 1000;
    private static final long SEED = 20190607;

    public TreebankScores {
        heads = List.copyOf(heads);
        relations = List.copyOf(relations);
    }

    /**
     * The value of one head.
     *
     * @param values one for each head, in order
     */
    public double of(List<Double> values, HeadId head) {
        return values.get(heads.indexOf(head));
    }

    static TreebankScores of(
            List<HeadId> heads, List<SentenceScores> scores, int skipped, boolean split) {
        List<SentenceScores> choosing = split ? everyOther(scores, 0) : scores;
        List<SentenceScores> scoring = split ? everyOther(scores, 1) : scores;
        Map<String, List<SentenceScores.Counts>> chosenOn = byRelation(choosing);
        List<RelationScores> relations = new ArrayList<>();
        byRelation(scoring)
                .forEach(
                        (relation, counts) ->
                                relations.add(
                                        relation(
                                                relation,
                                                heads,
                                                chosenOn.getOrDefault(relation, counts),
                                                counts)));
        relations.sort(
                Comparator.comparingInt(RelationScores::count)
                        .reversed()
                        .thenComparing(RelationScores::relation));
        return new TreebankScores(
                scores.size(),
                skipped,
                scores.stream().mapToInt(SentenceScores::pairsLeftOut).sum(),
                split,
                heads,
                relations);
    }

    private static List<SentenceScores> everyOther(List<SentenceScores> scores, int from) {
        return IntStream.range(0, scores.size())
                .filter(i -> i % 2 == from)
                .mapToObj(scores::get)
                .toList();
    }

    private static Map<String, List<SentenceScores.Counts>> byRelation(
            List<SentenceScores> scores) {
        Map<String, List<SentenceScores.Counts>> byRelation = new TreeMap<>();
        for (SentenceScores sentence : scores) {
            sentence.relations()
                    .forEach(
                            (relation, counts) ->
                                    byRelation
                                            .computeIfAbsent(relation, _ -> new ArrayList<>())
                                            .add(counts));
        }
        return byRelation;
    }

    private static RelationScores relation(
            String relation,
            List<HeadId> heads,
            List<SentenceScores.Counts> choosing,
            List<SentenceScores.Counts> scoring) {
        int pairs = scoring.stream().mapToInt(SentenceScores.Counts::pairs).sum();
        int offset = commonest(choosing);
        int atOffset =
                scoring.stream().mapToInt(counts -> counts.offsets().getOrDefault(offset, 0)).sum();
        Map<Direction, RelationScores.Best> best = new EnumMap<>(Direction.class);
        Map<Direction, List<Double>> accuracies = new EnumMap<>(Direction.class);
        for (Direction direction : Direction.values()) {
            int head = 0;
            int most = -1;
            List<Double> ofHeads = new ArrayList<>();
            for (int h = 0; h < heads.size(); h++) {
                int right = right(choosing, direction, h);
                if (right > most) {
                    most = right;
                    head = h;
                }
                ofHeads.add(right(scoring, direction, h) / (double) pairs);
            }
            accuracies.put(direction, ofHeads);
            best.put(direction, best(heads.get(head), head, direction, scoring));
        }
        return new RelationScores(
                relation,
                pairs,
                offset,
                atOffset / (double) pairs,
                accuracies.getOrDefault(Direction.TO_HEAD, List.of()),
                accuracies.getOrDefault(Direction.TO_DEPENDENT, List.of()),
                best);
    }

    private static int right(List<SentenceScores.Counts> counts, Direction direction, int head) {
        return counts.stream().mapToInt(sentence -> sentence.right(direction, head)).sum();
    }

    /** Of equally common offsets the smaller, and of n and −n the negative one. */
    private static int commonest(List<SentenceScores.Counts> counts) {
        Map<Integer, Integer> sums = new TreeMap<>();
        counts.forEach(
                sentence -> sentence.offsets().forEach((k, n) -> sums.merge(k, n, Integer::sum)));
        return sums.entrySet().stream()
                .min(
                        Comparator.comparingInt((Map.Entry<Integer, Integer> e) -> -e.getValue())
                                .thenComparingInt(e -> Math.abs(e.getKey()))
                                .thenComparingInt(Map.Entry::getKey))
                .orElseThrow()
                .getKey();
    }

    /** Sentences are drawn with replacement; the accuracy of all pairs in those drawn is taken. */
    private static RelationScores.Best best(
            HeadId id, int head, Direction direction, List<SentenceScores.Counts> scoring) {
        int[] right =
                scoring.stream().mapToInt(sentence -> sentence.right(direction, head)).toArray();
        int[] pairs = scoring.stream().mapToInt(SentenceScores.Counts::pairs).toArray();
        SplittableRandom random = new SplittableRandom(SEED);
        double[] accuracies = new double[RESAMPLES];
        for (int resample = 0; resample < RESAMPLES; resample++) {
            long rightSum = 0;
            long pairSum = 0;
            for (int i = 0; i < right.length; i++) {
                int drawn = random.nextInt(right.length);
                rightSum += right[drawn];
                pairSum += pairs[drawn];
            }
            accuracies[resample] = rightSum / (double) pairSum;
        }
        Arrays.sort(accuracies);
        double accuracy = IntStream.of(right).sum() / (double) IntStream.of(pairs).sum();
        return new RelationScores.Best(
                id,
                accuracy,
                accuracies[RESAMPLES * 25 / 1000],
                accuracies[RESAMPLES * 975 / 1000 - 1]);
    }
}

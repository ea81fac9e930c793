package heed.microscope.treebank;

import java.util.HashMap;
import java.util.Map;

/**
 * What the heads of a model got right in one sentence, relation by relation.
 *
 * @param relations by their names
 * @param pairsLeftOut pairs of words of which one has no piece
 */
record SentenceScores(Map<String, Counts> relations, int pairsLeftOut) {

    /**
     * Pairs of one relation.
     *
     * @param offsets head − dependent, in words, and how often
     */
    record Counts(int[] toHead, int[] toDependent, Map<Integer, Integer> offsets) {

        static Counts of(int heads) {
            return new Counts(new int[heads], new int[heads], new HashMap<>());
        }

        int pairs() {
            return offsets.values().stream().mapToInt(Integer::intValue).sum();
        }

        /** Right pairs of a head. */
        int right(Direction direction, int head) {
            return direction == Direction.TO_HEAD ? toHead[head] : toDependent[head];
        }
    }
}

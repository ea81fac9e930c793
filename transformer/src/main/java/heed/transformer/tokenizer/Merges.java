package heed.transformer.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The merges of a BPE vocabulary: pairs of tokens that become one, the first to be merged first.
 */
final class Merges {
    /** No vocabulary has a piece of so many characters; finding its halves takes their square. */
    private static final int LONGEST = 512;

    /** Two tokens that become one. */
    record Pair(String left, String right) {}

    /** A pair with what it is sorted by. */
    private record Ranked(Pair pair, double score, int left, int right) {}

    /**
     * Merges that are written as two tokens with a space between.
     *
     * @throws IllegalArgumentException if one is not, or one of its tokens, or what they become, is
     *     not in the vocabulary
     */
    static List<Pair> of(List<String> merges, List<String> tokens) {
        Set<String> vocabulary = new HashSet<>(tokens);
        List<Pair> pairs = new ArrayList<>();
        for (String merge : merges) {
            int space = merge.indexOf(' ', 1);
            if (space < 0) {
                throw new IllegalArgumentException(
                        "the merge '%s' is not two tokens with a space between".formatted(merge));
            }
            Pair pair = new Pair(merge.substring(0, space), merge.substring(space + 1));
            for (String token : List.of(pair.left, pair.right, pair.left + pair.right)) {
                if (!vocabulary.contains(token)) {
                    throw new IllegalArgumentException(
                            "the merge '%s' has '%s', which is no token".formatted(merge, token));
                }
            }
            pairs.add(pair);
        }
        return pairs;
    }

    /**
     * The merges that scores stand for: every way in which two tokens make up a third, the one with
     * the highest score first; among equals the one with the longer left half, then right half,
     * then in the order of the vocabulary.
     *
     * @throws IllegalArgumentException if there are more or fewer scores than tokens, or a token is
     *     too long
     */
    static List<Pair> ofScores(List<String> tokens, double[] scores) {
        if (scores.length != tokens.size()) {
            throw new IllegalArgumentException(
                    "it has %d tokens, but the scores of %d"
                            .formatted(tokens.size(), scores.length));
        }
        Map<String, Integer> vocabulary = new HashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        List<Ranked> merges = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            String token = tokens.get(id);
            if (token.length() > LONGEST) {
                throw new IllegalArgumentException(
                        "token %d has %d characters, more than %d"
                                .formatted(id, token.length(), LONGEST));
            }
            merges.addAll(halves(token, scores[id], vocabulary));
        }
        merges.sort(
                Comparator.comparingDouble(Ranked::score)
                        .thenComparingInt(Ranked::left)
                        .thenComparingInt(Ranked::right)
                        .reversed());
        return merges.stream().map(Ranked::pair).toList();
    }

    /** The pairs of tokens that make up a token, in the order of the vocabulary. */
    private static List<Ranked> halves(
            String token, double score, Map<String, Integer> vocabulary) {
        List<Ranked> halves = new ArrayList<>();
        int codePoints = token.codePointCount(0, token.length());
        for (int left = 1; left < codePoints; left++) {
            int at = token.offsetByCodePoints(0, left);
            Pair pair = new Pair(token.substring(0, at), token.substring(at));
            if (vocabulary.containsKey(pair.left) && vocabulary.containsKey(pair.right)) {
                halves.add(new Ranked(pair, score, left, codePoints - left));
            }
        }
        return halves;
    }

    private Merges() {}
}

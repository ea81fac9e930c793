package heed.microscope.heads;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** For each token of a text where the same one stood before: O(n) memory. */
final class RepeatedTokens {
    private final List<int[]> placesOf = new ArrayList<>();

    /** How many places of its list come before the token. */
    private final int[] before;

    /**
     * @param ids the numbers of the tokens in the vocabulary
     * @param special of which none counts
     */
    RepeatedTokens(int[] ids, boolean[] special) {
        Map<Integer, List<Integer>> places = new HashMap<>();
        before = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            if (!special[i]) {
                List<Integer> found = places.computeIfAbsent(ids[i], _ -> new ArrayList<>());
                before[i] = found.size();
                found.add(i);
            }
        }
        Map<Integer, int[]> arrays = new HashMap<>();
        places.forEach(
                (id, list) -> arrays.put(id, list.stream().mapToInt(Integer::intValue).toArray()));
        for (int i = 0; i < ids.length; i++) {
            placesOf.add(special[i] ? new int[0] : arrays.getOrDefault(ids[i], new int[0]));
        }
    }

    /** Number of earlier copies of a token. */
    int copies(int token) {
        return before[token];
    }

    /** What a token gives to its earlier copies. */
    double onCopies(float[] row, int token) {
        double sum = 0;
        for (int c = 0; c < before[token]; c++) {
            sum += row[placesOf.get(token)[c]];
        }
        return sum;
    }

    /** What a token gives to the tokens between that followed on its earlier copies. */
    double onFollowers(float[] row, int token) {
        double sum = 0;
        for (int c = 0; c < before[token]; c++) {
            int follower = placesOf.get(token)[c] + 1;
            sum += follower < token ? row[follower] : 0;
        }
        return sum;
    }
}

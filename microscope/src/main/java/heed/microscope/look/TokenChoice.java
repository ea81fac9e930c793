package heed.microscope.look;

import heed.microscope.QuestionException;
import heed.microscope.Units;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The unit that a person names: {@code WORD}, wherever it stands, or {@code WORD:K}, its K-th
 * occurrence. Upper and lower case are told apart only if that finds it.
 */
public record TokenChoice(String name) {
    private static final Pattern OCCURRENCE = Pattern.compile("(.+):(\\d{1,6})");
    private static final int LISTED = 120;

    /**
     * Where it stands, rising.
     *
     * @throws QuestionException if it stands nowhere
     */
    public List<Integer> in(Units units) {
        List<Integer> found = occurrences(units, name);
        if (!found.isEmpty()) {
            return found;
        }
        Matcher numbered = OCCURRENCE.matcher(name);
        if (!numbered.matches()) {
            throw new QuestionException(
                    "there is no token '%s' in the text: it has %s".formatted(name, listed(units)));
        }
        String word = numbered.group(1);
        int occurrence = Integer.parseInt(numbered.group(2));
        found = occurrences(units, word);
        if (occurrence < 1 || occurrence > found.size()) {
            throw new QuestionException(
                    "there is no occurrence %d of '%s' in the text: it is there %d times"
                            .formatted(occurrence, word, found.size()));
        }
        return List.of(found.get(occurrence - 1));
    }

    private static List<Integer> occurrences(Units units, String word) {
        List<Integer> exact =
                IntStream.range(0, units.size())
                        .filter(i -> units.get(i).text().equals(word))
                        .boxed()
                        .toList();
        return exact.isEmpty()
                ? IntStream.range(0, units.size())
                        .filter(i -> units.get(i).text().equalsIgnoreCase(word))
                        .boxed()
                        .toList()
                : exact;
    }

    private static String listed(Units units) {
        String list =
                String.join(" ", units.list().stream().map(Units.Unit::text).distinct().toList());
        return list.length() <= LISTED
                ? list
                : list.substring(0, list.offsetByCodePoints(0, list.codePointCount(0, LISTED)))
                        + "…";
    }
}

package heed.microscope;

import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A head by its layer and its number within it, both from 0: {@code L4H5}. */
public record HeadId(int layer, int head) {
    /** Layer by layer. */
    public static final Comparator<HeadId> IN_ORDER =
            Comparator.comparingInt(HeadId::layer).thenComparingInt(HeadId::head);

    private static final Pattern NAME =
            Pattern.compile("L(\\d{1,6})H(\\d{1,6})", Pattern.CASE_INSENSITIVE);

    /**
     * Reads {@code L4H5}.
     *
     * @throws QuestionException if it is not written so
     */
    public static HeadId parse(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            throw new QuestionException(
                    "a head is written L3H1 (layer 3, head 1, from 0), not '%s'".formatted(name));
        }
        return new HeadId(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /** Every head of a model, layer by layer. */
    public static List<HeadId> all(int layers, int headsOfLayer) {
        return IntStream.range(0, layers * headsOfLayer)
                .mapToObj(i -> new HeadId(i / headsOfLayer, i % headsOfLayer))
                .toList();
    }

    @Override
    public String toString() {
        return "L" + layer + "H" + head;
    }
}

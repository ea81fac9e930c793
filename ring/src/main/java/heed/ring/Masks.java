package heed.ring;

import heed.attention.AttentionMask;
import java.util.Arrays;

/** Masks as the command line names them. */
final class Masks {

    /**
     * {@code full, causal, window:SIZE, window:BEFORE,AFTER, prefix:LENGTH, padding:LENGTH,
     * documents:LENGTH,…}, joined by {@code +} for what all of them allow.
     *
     * @throws IllegalArgumentException if there is no such mask
     */
    static AttentionMask parse(String text) {
        return Arrays.stream(text.split("\\+", -1))
                .map(Masks::one)
                .reduce(AttentionMask::and)
                .orElseThrow();
    }

    private static AttentionMask one(String text) {
        String[] parts = text.split(":", 2);
        String sizes = parts.length == 2 ? parts[1] : "";
        return switch (parts[0]) {
            case "full" -> AttentionMask.full();
            case "causal" -> AttentionMask.causal();
            case "window" -> window(numbers(text, sizes, ",", 0));
            case "prefix" -> AttentionMask.prefix(numbers(text, sizes, ",", 1)[0]);
            case "padding" -> AttentionMask.padding(numbers(text, sizes, ",", 1)[0]);
            case "documents" -> AttentionMask.documents(numbers(text, sizes, ",", 0));
            default ->
                    throw new IllegalArgumentException(
                            "there is no mask '%s': take full, causal, window:SIZE, prefix:LENGTH, padding:LENGTH or documents:LENGTH,…"
                                    .formatted(text));
        };
    }

    private static AttentionMask window(int[] sizes) {
        return switch (sizes.length) {
            case 1 -> AttentionMask.slidingWindow(sizes[0]);
            case 2 -> AttentionMask.slidingWindow(sizes[0], sizes[1]);
            default ->
                    throw new IllegalArgumentException(
                            "a window has one size, or two: before and after");
        };
    }

    /**
     * Numbers of 0 and more.
     *
     * @param what they are, for the message
     * @param count how many they must be; 0 for any
     */
    static int[] numbers(String what, String text, String separator, int count) {
        try {
            int[] numbers =
                    Arrays.stream(text.split(separator, -1))
                            .mapToInt(Integer::parseUnsignedInt)
                            .toArray();
            if ((count == 0 || numbers.length == count)
                    && Arrays.stream(numbers).allMatch(number -> number >= 0)) {
                return numbers;
            }
        } catch (NumberFormatException e) {
            // The message below says it.
        }
        throw new IllegalArgumentException(
                "%s: '%s' is not %swhole numbers, separated by '%s'"
                        .formatted(what, text, count == 0 ? "" : count + " ", separator));
    }

    private Masks() {}
}

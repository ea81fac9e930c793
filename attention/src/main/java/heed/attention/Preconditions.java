package heed.attention;

/** How the public face refuses bad input. */
final class Preconditions {

    /**
     * @throws IllegalArgumentException with the formatted message if the condition does not hold
     */
    static void check(boolean holds, String message, Object... values) {
        if (!holds) {
            throw new IllegalArgumentException(message.formatted(values));
        }
    }

    private Preconditions() {}
}

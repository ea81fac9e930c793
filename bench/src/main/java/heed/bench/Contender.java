package heed.bench;

/** One of those that do the same work, ready to do it any number of times. */
interface Contender extends AutoCloseable {

    /** Who it is. */
    String name();

    /** Does the work once. This is what is timed. */
    void run();

    /** Does the work once and returns the result, in the order that all contenders share. */
    float[] result();

    /** How long it runs before it is timed, in seconds. */
    default double warmUpSeconds() {
        return 0.5;
    }

    /** Gives back what the garbage collector does not see. */
    @Override
    default void close() {}
}

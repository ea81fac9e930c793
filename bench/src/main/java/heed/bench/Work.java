package heed.bench;

import java.util.List;

/**
 * A piece of work that several contenders do.
 *
 * @param name what it is, with its sizes
 * @param gigaflop floating-point operations of one run, in 10⁹; 0 if they are not what limits it
 * @param gigabytes bytes of one run that must come from memory, in 10⁹; 0 if they are not what
 *     limits it
 * @param tolerance largest difference between two results
 * @param contenders makes those who do it
 */
record Work(
        String name, double gigaflop, double gigabytes, double tolerance, Contenders contenders) {

    /** What single precision allows for. */
    static final double TOLERANCE = 1e-4;

    /** The contenders do different things: only their times are compared. */
    static final double NOT_EQUAL = Double.POSITIVE_INFINITY;

    boolean equal() {
        return tolerance != NOT_EQUAL;
    }

    /** Makes contenders. */
    @FunctionalInterface
    interface Contenders {
        /**
         * Heed comes first. Several contenders may have the same name: ways of one peer, the
         * fastest of which is timed.
         */
        List<Contender> open(int threads);
    }
}

package heed.ring;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Which gradient a block is a summand of. Sorted, the summands of a sum follow each other in an
 * order that is the same wherever they were made.
 *
 * @param name {@code dq}, {@code dk} or {@code dv}
 * @param from position of the first row
 * @param part whose queries gave it
 */
record GradientKey(String name, int from, int part)
        implements Serializable, Comparable<GradientKey> {
    private static final Comparator<GradientKey> ORDER =
            Comparator.comparingInt(GradientKey::from)
                    .thenComparing(GradientKey::name)
                    .thenComparingInt(GradientKey::part);

    @Override
    public int compareTo(GradientKey other) {
        return ORDER.compare(this, other);
    }

    boolean isOfSum(GradientKey other) {
        return name.equals(other.name) && from == other.from;
    }
}

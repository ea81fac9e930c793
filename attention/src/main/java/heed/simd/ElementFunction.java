package heed.simd;

/** A function of each element by itself, applied to a product where it was just made. */
@FunctionalInterface
public interface ElementFunction {
    ElementFunction NONE = (values, from, to) -> {};

    /** Applies it to the elements {@code from … to − 1}, in place. */
    void apply(float[] values, int from, int to);
}

package heed.microscope;

/**
 * Reads the rows of one block of queries, head after head in the order asked for, and keeps of them
 * what its measure needs: never the rows themselves, nor anything as large as all of a text's.
 *
 * @param <R> what is left when all heads were read
 */
public interface RowReader<R> {

    /** The rows of the next head. */
    void read(WeightRows rows);

    /** What the rows of all heads amount to. */
    R result();

    /** Shows the rows to two readers. */
    static <A, B> RowReader<Both<A, B>> both(RowReader<A> first, RowReader<B> second) {
        return new RowReader<>() {
            @Override
            public void read(WeightRows rows) {
                first.read(rows);
                second.read(rows);
            }

            @Override
            public Both<A, B> result() {
                return new Both<>(first.result(), second.result());
            }
        };
    }

    /** What two readers found. */
    record Both<A, B>(A first, B second) {}
}

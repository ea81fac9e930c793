package heed.ring;

import heed.attention.Heads;

/** A matrix that travels with its name: for tests, whose matrices are small. */
record RowsAtHand(String name, int heads, int rows, int columns, float[] data)
        implements RowSource {

    RowsAtHand(String name, Heads values) {
        this(name, values.heads(), values.rows(), values.columns(), packed(values));
    }

    private static float[] packed(Heads values) {
        return RowBlock.of("", 0, values).values().data();
    }

    @Override
    public Heads read(int from, int to) {
        return RowBlock.of("", 0, Heads.of(heads, rows, columns, data).rows(from, to)).values();
    }
}

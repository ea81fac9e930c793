package heed.attention;

import heed.simd.BFloat16;

/** The keys or the values of a {@link KvCache}: {@code [heads, capacity, columns]}. */
sealed interface CacheRows {

    /** Zeros. */
    static CacheRows of(KvCache.Storage storage, int heads, int capacity, int columns) {
        int length = elements(heads, capacity, columns);
        return switch (storage) {
            case FLOAT32 -> new Floats(new float[length], heads, capacity, columns);
            case BFLOAT16 -> new Halves(new short[length], heads, capacity, columns);
        };
    }

    /** Copies all rows of every head behind the first {@code length} rows. */
    void append(KeyValueHeads from, int length);

    /** A copy of the first {@code length} rows of every head, with room for {@code capacity}. */
    CacheRows copy(int capacity, int length);

    /** The first {@code length} rows of every head. */
    KeyValueHeads view(int length);

    private static int elements(int heads, int capacity, int columns) {
        long elements = (long) heads * capacity * columns;
        Preconditions.check(
                elements <= KvCache.MOST_ELEMENTS,
                "%d heads × %d tokens × %d columns do not fit one array",
                heads,
                capacity,
                columns);
        return (int) elements;
    }

    /** In float32. */
    record Floats(float[] data, int heads, int capacity, int columns) implements CacheRows {
        @Override
        public void append(KeyValueHeads from, int length) {
            for (int head = 0; head < heads; head++) {
                for (int row = 0; row < from.rows(); row++) {
                    int to = (head * capacity + length + row) * columns;
                    switch (from) {
                        case Heads f ->
                                System.arraycopy(f.data(), f.index(head, row), data, to, columns);
                        case BFloat16Heads h ->
                                BFloat16.widen(h.data(), h.index(head, row), data, to, columns);
                    }
                }
            }
        }

        @Override
        public CacheRows copy(int capacity, int length) {
            float[] copy = new float[elements(heads, capacity, columns)];
            for (int head = 0; head < heads; head++) {
                System.arraycopy(
                        data,
                        head * this.capacity * columns,
                        copy,
                        head * capacity * columns,
                        length * columns);
            }
            return new Floats(copy, heads, capacity, columns);
        }

        @Override
        public Heads view(int length) {
            return new Heads(data, 0, heads, length, columns, capacity * columns, columns);
        }
    }

    /** In bfloat16. */
    record Halves(short[] data, int heads, int capacity, int columns) implements CacheRows {
        @Override
        public void append(KeyValueHeads from, int length) {
            for (int head = 0; head < heads; head++) {
                for (int row = 0; row < from.rows(); row++) {
                    int to = (head * capacity + length + row) * columns;
                    switch (from) {
                        case Heads f ->
                                BFloat16.round(f.data(), f.index(head, row), data, to, columns);
                        case BFloat16Heads h ->
                                System.arraycopy(h.data(), h.index(head, row), data, to, columns);
                    }
                }
            }
        }

        @Override
        public CacheRows copy(int capacity, int length) {
            short[] copy = new short[elements(heads, capacity, columns)];
            for (int head = 0; head < heads; head++) {
                System.arraycopy(
                        data,
                        head * this.capacity * columns,
                        copy,
                        head * capacity * columns,
                        length * columns);
            }
            return new Halves(copy, heads, capacity, columns);
        }

        @Override
        public BFloat16Heads view(int length) {
            return new BFloat16Heads(data, 0, heads, length, columns, capacity * columns, columns);
        }
    }
}

package heed.transformer.layer;

import heed.transformer.checkpoint.ElementType;
import heed.transformer.checkpoint.StoredTensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** How products of few tokens find the rows of a weight. */
sealed interface RowLayout {

    /** Prepares the product with x {@code [n, in]}. */
    RowProducts products(float[] x);

    /**
     * The best one for a weight. If it is a copy, the pages of the file are given back: they can be
     * read again at any time.
     */
    static RowLayout of(StoredTensor weight) {
        @Nullable InterleavedRows rows =
                InterleavedRows.suits(weight.type()) ? InterleavedRows.of(weight) : null;
        if (rows == null) {
            return new AsStored(weight);
        }
        MemorySegment data = weight.data();
        if (data.isMapped()) {
            data.unload();
        }
        return weight.type() == ElementType.Q8_0 ? new Q8(rows) : new Q4(rows);
    }

    /** Any type, a row after the other. */
    record AsStored(StoredTensor weight) implements RowLayout {
        @Override
        public RowProducts products(float[] x) {
            return new RowProducts.Decoded(weight, x);
        }
    }

    /** Q4_1 and Q4_0. */
    record Q4(InterleavedRows rows) implements RowLayout {
        @Override
        public RowProducts products(float[] x) {
            return Q4Products.of(rows, x);
        }
    }

    /** Q8_0. */
    record Q8(InterleavedRows rows) implements RowLayout {
        @Override
        public RowProducts products(float[] x) {
            return Q8Products.of(rows, x);
        }
    }
}

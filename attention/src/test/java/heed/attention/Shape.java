package heed.attention;

import java.util.SplittableRandom;

/**
 * The shape of an attention and a maker of seeded inputs. Queries, keys and values are standard
 * normal, so the scores are too.
 */
record Shape(int heads, int kvHeads, int queries, int keys, int columns, int valueColumns) {

    /** One query and one key/value head. */
    static Shape of(int queries, int keys, int columns) {
        return new Shape(1, 1, queries, keys, columns, columns);
    }

    Shape withHeads(int heads, int kvHeads) {
        return new Shape(heads, kvHeads, queries, keys, columns, valueColumns);
    }

    AttentionInput input(long seed) {
        return input(seed, 1);
    }

    /** The same with all scores multiplied by a factor. */
    AttentionInput input(long seed, float factor) {
        return AttentionInput.of(
                normal(seed, heads, queries, columns, factor),
                normal(seed + 1, kvHeads, keys, columns, 1),
                normal(seed + 2, kvHeads, keys, valueColumns, 1));
    }

    static Heads normal(long seed, int heads, int rows, int columns, float deviation) {
        float[] data = new float[heads * rows * columns];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) (deviation * random.nextGaussian());
        }
        return Heads.of(heads, rows, columns, data);
    }

    /** A copy whose element (head, row, column) is replaced. */
    static Heads with(Heads heads, int head, int row, int column, float value) {
        Heads copy =
                new Heads(
                        heads.data().clone(),
                        heads.offset(),
                        heads.heads(),
                        heads.rows(),
                        heads.columns(),
                        heads.headStride(),
                        heads.rowStride());
        copy.data()[copy.index(head, row) + column] = value;
        return copy;
    }

    /** The same features with other keys and values. */
    static AttentionInput with(AttentionInput input, KeyValueHeads k, KeyValueHeads v) {
        return with(input, input.q(), k, v);
    }

    /** The same features with other queries, keys and values. */
    static AttentionInput with(AttentionInput input, Heads q, KeyValueHeads k, KeyValueHeads v) {
        AttentionInput changed =
                AttentionInput.of(q, k, v)
                        .withPositions(input.firstQuery(), input.firstKey())
                        .withScale(input.scale())
                        .withSoftCap(input.softCap())
                        .withBias(input.bias())
                        .withMask(input.mask())
                        .withDropout(input.dropout());
        float[] sinks = input.sinks();
        return sinks == null ? changed : changed.withSinks(sinks);
    }
}

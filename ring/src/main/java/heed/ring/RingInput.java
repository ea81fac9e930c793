package heed.ring;

import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.Heads;
import java.io.IOException;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What ring attention is computed from: a sequence whose queries, keys and values lie where every
 * worker can read them. Row i stands at position i.
 *
 * @param q {@code [H, n, d]}
 * @param k {@code [Hkv, n, d]}
 * @param v {@code [Hkv, n, d_v]}
 * @param mask which query may attend to which key; it must be serialisable
 * @param scale factor of the dot products, 1/√d by default
 * @param softCap c in {@code c · tanh(score / c)}; {@link Float#POSITIVE_INFINITY} for none
 * @param sinks a logit for each head that enters the denominator of its rows alone, or null
 */
public record RingInput(
        RowSource q,
        RowSource k,
        RowSource v,
        AttentionMask mask,
        float scale,
        float softCap,
        float @Nullable [] sinks)
        implements Serializable {

    /**
     * Checks that all of it fits together.
     *
     * @throws IllegalArgumentException if shapes do not, naming the source, the dimension and both
     *     values
     */
    public RingInput {
        same(q, k, "rows", q.rows(), k.rows());
        same(k, v, "rows", k.rows(), v.rows());
        same(k, v, "heads", k.heads(), v.heads());
        same(q, k, "columns", q.columns(), k.columns());
        if (q.heads() % k.heads() != 0) {
            throw new IllegalArgumentException(
                    "%s has %d query heads, which is not a multiple of the %d key/value heads of %s"
                            .formatted(q.name(), q.heads(), k.heads(), k.name()));
        }
        if (q.rows() == 0) {
            throw new IllegalArgumentException("%s has no rows".formatted(q.name()));
        }
        if (sinks != null && sinks.length != q.heads()) {
            throw new IllegalArgumentException(
                    "%d sinks for %d query heads".formatted(sinks.length, q.heads()));
        }
        if (!Float.isFinite(scale) || !(softCap > 0)) {
            throw new IllegalArgumentException(
                    "scale must be finite and soft cap positive, not %s and %s"
                            .formatted(scale, softCap));
        }
        mask.checkCovers(q.heads(), 0, q.rows(), 0, k.rows());
    }

    private static void same(RowSource a, RowSource b, String what, int ofA, int ofB) {
        if (ofA != ofB) {
            throw new IllegalArgumentException(
                    "%s has %d %s, %s has %d".formatted(a.name(), ofA, what, b.name(), ofB));
        }
    }

    /** Full attention of a sequence to itself, scale 1/√d. */
    public static RingInput of(RowSource q, RowSource k, RowSource v) {
        return new RingInput(
                q,
                k,
                v,
                AttentionMask.full(),
                (float) (1 / Math.sqrt(q.columns())),
                Float.POSITIVE_INFINITY,
                null);
    }

    public RingInput withMask(AttentionMask mask) {
        return new RingInput(q, k, v, mask, scale, softCap, sinks);
    }

    public RingInput withScale(float scale) {
        return new RingInput(q, k, v, mask, scale, softCap, sinks);
    }

    public RingInput withSoftCap(float softCap) {
        return new RingInput(q, k, v, mask, scale, softCap, sinks);
    }

    public RingInput withSinks(float... sinks) {
        return new RingInput(q, k, v, mask, scale, softCap, sinks);
    }

    /** Tokens of the sequence: n. */
    public int tokens() {
        return q.rows();
    }

    /**
     * @throws IllegalArgumentException unless a source is {@code [H, n, columns]}
     */
    void checkOutput(RowSource source, int columns) {
        if (source.heads() != q.heads()
                || source.rows() != tokens()
                || source.columns() != columns) {
            throw new IllegalArgumentException(
                    "%s is [%d, %d, %d] where the input asks for [%d, %d, %d]"
                            .formatted(
                                    source.name(),
                                    source.heads(),
                                    source.rows(),
                                    source.columns(),
                                    q.heads(),
                                    tokens(),
                                    columns));
        }
    }

    /** Whether a query of the one span may attend to a key of the other, in any head. */
    boolean sees(Span queries, Span keys) {
        for (int head = 0; head < q.heads(); head++) {
            if (mask.tile(head, queries.from(), queries.rows(), keys.from(), keys.rows())
                    != AttentionMask.Tile.EMPTY) {
                return true;
            }
        }
        return false;
    }

    /** Reads keys and values. */
    KeyValueTile tile(Span span) throws IOException {
        return new KeyValueTile(
                RowBlock.of("k", span.from(), k.read(span.from(), span.to())),
                RowBlock.of("v", span.from(), v.read(span.from(), span.to())));
    }

    /** Attention of some queries to some keys and values, each at its positions. */
    AttentionInput attention(
            Heads queries, int firstQuery, Heads keys, Heads values, int firstKey) {
        return AttentionInput.of(queries, keys, values)
                .withScale(scale)
                .withSoftCap(softCap)
                .withPositions(firstQuery, firstKey)
                .withMask(mask);
    }
}

package heed.attention;

import static heed.attention.Preconditions.check;

import heed.attention.kernel.KernelInput;
import heed.attention.kernel.KeyValueView;
import heed.attention.kernel.Visibility;
import heed.simd.VectorModule;
import org.jspecify.annotations.Nullable;

/**
 * What attention is computed from. The score of query i and key j is made in this order: {@code
 * scale · q_i·k_j}, soft cap, bias, mask.
 *
 * <p>Positions are absolute: query row i stands at {@code firstQuery + i}, key row j at {@code
 * firstKey + j}. Masks and biases see positions, never rows.
 *
 * @param q queries {@code [H, n_q, d]}
 * @param k keys {@code [Hkv, n_k, d]}
 * @param v values {@code [Hkv, n_k, d_v]}
 * @param scale factor of the dot products, 1/√d by default
 * @param softCap c in {@code c · tanh(score / c)}; {@link Float#POSITIVE_INFINITY} for none
 * @param bias what is added to a score
 * @param mask which query may attend to which key
 * @param sinks a logit for each head that enters the denominator of its rows alone, or null for
 *     none (Xiao et al. 2023, "Efficient Streaming Language Models with Attention Sinks")
 * @param dropout which weights are left out of the output
 * @param firstQuery position of the first query
 * @param firstKey position of the first key
 */
public record AttentionInput(
        Heads q,
        KeyValueHeads k,
        KeyValueHeads v,
        float scale,
        float softCap,
        AttentionBias bias,
        AttentionMask mask,
        float @Nullable [] sinks,
        AttentionDropout dropout,
        int firstQuery,
        int firstKey) {

    /**
     * @throws IllegalArgumentException if shapes do not fit together, naming the dimension and both
     *     values
     */
    public AttentionInput {
        VectorModule.require();
        check(
                q.heads() % k.heads() == 0,
                "%d query heads are not a multiple of %d key/value heads",
                q.heads(),
                k.heads());
        check(
                k.heads() == v.heads(),
                "%d key heads and %d value heads differ",
                k.heads(),
                v.heads());
        check(k.rows() == v.rows(), "%d keys and %d values differ", k.rows(), v.rows());
        check(
                q.columns() == k.columns(),
                "queries have %d columns, keys have %d",
                q.columns(),
                k.columns());
        check(Float.isFinite(scale), "scale must be finite, not %s", scale);
        check(softCap > 0, "soft cap must be positive, not %s", softCap);
        check(
                firstQuery >= 0 && firstKey >= 0,
                "first positions must not be negative: query %d, key %d",
                firstQuery,
                firstKey);
        check(
                (long) firstQuery + q.rows() <= Integer.MAX_VALUE
                        && (long) firstKey + k.rows() <= Integer.MAX_VALUE,
                "positions from query %d or key %d exceed the range of an int",
                firstQuery,
                firstKey);
        if (sinks != null) {
            check(
                    sinks.length == q.heads(),
                    "%d sinks for %d query heads",
                    sinks.length,
                    q.heads());
            sinks = sinks.clone();
        }
        bias.checkCovers(q.heads(), firstQuery, q.rows(), firstKey, k.rows());
        mask.checkCovers(q.heads(), firstQuery, q.rows(), firstKey, k.rows());
    }

    /** Full attention of {@code q} to {@code k} and {@code v}, scale 1/√d, both from position 0. */
    public static AttentionInput of(Heads q, KeyValueHeads k, KeyValueHeads v) {
        return new AttentionInput(
                q,
                k,
                v,
                (float) (1 / Math.sqrt(q.columns())),
                Float.POSITIVE_INFINITY,
                AttentionBias.none(),
                AttentionMask.full(),
                null,
                AttentionDropout.none(),
                0,
                0);
    }

    public AttentionInput withScale(float scale) {
        return new AttentionInput(
                q, k, v, scale, softCap, bias, mask, sinks, dropout, firstQuery, firstKey);
    }

    public AttentionInput withSoftCap(float softCap) {
        return new AttentionInput(
                q, k, v, scale, softCap, bias, mask, sinks, dropout, firstQuery, firstKey);
    }

    public AttentionInput withBias(AttentionBias bias) {
        return new AttentionInput(
                q, k, v, scale, softCap, bias, mask, sinks, dropout, firstQuery, firstKey);
    }

    public AttentionInput withMask(AttentionMask mask) {
        return new AttentionInput(
                q, k, v, scale, softCap, bias, mask, sinks, dropout, firstQuery, firstKey);
    }

    public AttentionInput withSinks(float... sinks) {
        return new AttentionInput(
                q, k, v, scale, softCap, bias, mask, sinks, dropout, firstQuery, firstKey);
    }

    public AttentionInput withDropout(AttentionDropout dropout) {
        return new AttentionInput(
                q, k, v, scale, softCap, bias, mask, sinks, dropout, firstQuery, firstKey);
    }

    /** The same with the first query and the first key at these positions. */
    public AttentionInput withPositions(int firstQuery, int firstKey) {
        return new AttentionInput(
                q, k, v, scale, softCap, bias, mask, sinks, dropout, firstQuery, firstKey);
    }

    /**
     * Other queries, wherever they stand, that attend to the same keys and values; without dropout.
     *
     * @param q {@code [H, n_q, d]}
     * @param positions the position of each, rising
     * @throws IllegalArgumentException if there are not as many, or they do not rise
     */
    public AttentionInput withQueries(Heads q, int... positions) {
        check(
                positions.length == q.rows(),
                "%d positions for %d queries",
                positions.length,
                q.rows());
        for (int i = 1; i < positions.length; i++) {
            check(
                    positions[i] > positions[i - 1],
                    "position %d does not come after position %d",
                    positions[i],
                    positions[i - 1]);
        }
        int first = positions.length == 0 ? 0 : positions[0];
        boolean run =
                positions.length == 0 || positions[positions.length - 1] - first == q.rows() - 1;
        return new AttentionInput(
                q,
                k,
                v,
                scale,
                softCap,
                run ? bias : bias.ofQueries(positions),
                run ? mask : mask.ofQueries(positions),
                sinks,
                AttentionDropout.none(),
                run ? first : 0,
                firstKey);
    }

    /** The key/value head that a query head reads. */
    public int keyHead(int queryHead) {
        return queryHead / (q.heads() / k.heads());
    }

    KernelInput forKernel() {
        return new KernelInput(
                q.view(),
                view(k),
                view(v),
                scale,
                softCap,
                bias instanceof AttentionBias.None ? null : bias::at,
                new MaskVisibility(mask),
                sinks,
                dropout.probability() == 0 ? null : dropout.forKernel(),
                firstQuery,
                firstKey);
    }

    private static KeyValueView view(KeyValueHeads heads) {
        return switch (heads) {
            case Heads floats -> floats.view();
            case BFloat16Heads halves -> halves.view();
        };
    }

    /** A mask as the kernel asks it. */
    private record MaskVisibility(AttentionMask mask) implements Visibility {
        @Override
        public Tile tile(int head, int firstQuery, int queries, int firstKey, int keys) {
            return switch (mask.tile(head, firstQuery, queries, firstKey, keys)) {
                case EMPTY -> Tile.EMPTY;
                case PARTIAL -> Tile.PARTIAL;
                case FULL -> Tile.FULL;
            };
        }

        @Override
        public long queries(int head, int firstQuery, int count, int key) {
            return mask.queries(head, firstQuery, count, key);
        }
    }
}

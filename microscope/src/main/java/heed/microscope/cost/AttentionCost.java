package heed.microscope.cost;

import heed.microscope.QuestionException;
import java.math.BigInteger;

/**
 * What attention over a sequence costs, counted exactly: scores, operations and bytes.
 *
 * <p>A head has n² scores. A causal mask leaves n (n + 1) / 2 of them to compute. Each takes 4 · d
 * operations: a multiplication and an addition per column in Q Kᵀ, and again in P V.
 *
 * @param shape the model
 * @param context n: tokens in the sequence
 */
public record AttentionCost(ModelShape shape, int context) {
    /** Queries and keys of a tile, as the kernels cut them. */
    private static final int TILE = 64;

    /** Elements of the longest array that a JVM makes. */
    public static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    /**
     * @throws QuestionException if there is no token, or one head does not fit an array
     */
    public AttentionCost {
        checkContext(shape, context);
    }

    /**
     * The cost of a context as it was asked for.
     *
     * @throws QuestionException if there is no token, or one head does not fit an array
     */
    public static AttentionCost of(ModelShape shape, long context) {
        checkContext(shape, context);
        return new AttentionCost(shape, (int) context);
    }

    /** n². */
    public BigInteger scoresPerHead() {
        return product(context, context);
    }

    /** What the mask leaves of {@link #scoresPerHead()}. */
    public BigInteger computedPerHead() {
        return shape.causal() ? product(context, context + 1L).shiftRight(1) : scoresPerHead();
    }

    /** Operations of one head. */
    public BigInteger flopsPerHead() {
        return computedPerHead().multiply(flopsPerScore());
    }

    /** The same number for all heads of a layer. */
    public BigInteger perLayer(BigInteger perHead) {
        return perHead.multiply(BigInteger.valueOf(shape.heads()));
    }

    /** The same number for all heads of all layers. */
    public BigInteger perModel(BigInteger perHead) {
        return perLayer(perHead).multiply(BigInteger.valueOf(shape.layers()));
    }

    /** The scores of one layer, all heads, kept as float32: the naive way. */
    public BigInteger bytesNaive() {
        return perLayer(scoresPerHead()).multiply(BigInteger.valueOf(Float.BYTES));
    }

    /**
     * One layer in tiles, float32: queries, keys, values, output, log-sum-exps, and for each thread
     * panels of {@code d + d + 64} rows × 64 queries.
     */
    public BigInteger bytesTiled(int threads) {
        long d = shape.headDim();
        BigInteger rows = product(2L * shape.heads() + 2L * shape.kvHeads(), d);
        BigInteger layer =
                rows.add(BigInteger.valueOf(shape.heads())).multiply(BigInteger.valueOf(context));
        return layer.multiply(BigInteger.valueOf(Float.BYTES))
                .add(BigInteger.valueOf(panelBytes(threads)));
    }

    /** What tiles need beside inputs and outputs: panels of {@code d + d + 64} rows a thread. */
    public long panelBytes(int threads) {
        return (2L * shape.headDim() + TILE) * TILE * Float.BYTES * threads;
    }

    /** Keys and values of one layer, float32. */
    public BigInteger kvCacheBytesPerLayer() {
        return product(2L * Float.BYTES * shape.kvHeads(), shape.headDim())
                .multiply(BigInteger.valueOf(context));
    }

    /** Keys and values of all layers, float32. */
    public BigInteger kvCacheBytes() {
        return kvCacheBytesPerLayer().multiply(BigInteger.valueOf(shape.layers()));
    }

    /**
     * Operations that the kernel does for one head: whole tiles, so that the diagonal of a causal
     * mask and the last block of queries count in full. Time follows this number; for long
     * sequences it is that of {@link #flopsPerHead()}.
     */
    public BigInteger tileFlopsPerHead() {
        long blocks = (context + TILE - 1L) / TILE;
        BigInteger keys =
                shape.causal()
                        ? product(TILE * (blocks - 1), blocks)
                                .shiftRight(1)
                                .add(BigInteger.valueOf(context))
                        : product(blocks, context);
        return keys.multiply(BigInteger.valueOf(TILE)).multiply(flopsPerScore());
    }

    private BigInteger flopsPerScore() {
        return BigInteger.valueOf(4L * shape.headDim());
    }

    private static BigInteger product(long a, long b) {
        return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
    }

    private static void checkContext(ModelShape shape, long context) {
        if (context < 1) {
            throw new QuestionException("--context must be 1 or more, not %d".formatted(context));
        }
        int longest = LONGEST_ARRAY / shape.headDim();
        if (context > longest) {
            throw new QuestionException(
                    "--context %d is too long: a head of %d columns fits an array up to %d tokens"
                            .formatted(context, shape.headDim(), longest));
        }
    }
}

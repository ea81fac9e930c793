package heed.microscope.cost;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.Heads;
import heed.microscope.QuestionException;
import java.util.SplittableRandom;

/**
 * One layer of a model, run for its time with random queries, keys and values. Where a layer does
 * not fit an array or the heap, its heads run in equal groups, one after the other.
 *
 * @param cost the layer
 * @param heads query heads of a group
 * @param kvHeads key/value heads of a group
 * @param groups number of groups
 */
public record LayerRun(AttentionCost cost, int heads, int kvHeads, int groups) {
    /** Queries of this deviation make a few keys matter, as in trained models. */
    private static final float QUERY_DEVIATION = 3;

    /** The share of the heap that long arrays can fill; collectors keep the rest for young ones. */
    private static final double HEAP_SHARE = 0.6;

    /**
     * The fewest groups that fit a heap.
     *
     * @param heapBytes largest size of the heap
     * @throws QuestionException if not even one head fits
     */
    public static LayerRun fitting(AttentionCost cost, long heapBytes) {
        ModelShape shape = cost.shape();
        int sharing = shape.heads() / shape.kvHeads();
        double room = HEAP_SHARE * heapBytes;
        for (int heads = shape.heads(); heads >= 1; heads--) {
            boolean equal =
                    shape.heads() % heads == 0 && (heads % sharing == 0 || sharing % heads == 0);
            int kvHeads = Math.max(1, heads / sharing);
            long elements = (long) heads * cost.context() * shape.headDim();
            if (equal
                    && elements <= AttentionCost.LONGEST_ARRAY
                    && bytes(cost, heads, kvHeads) <= room) {
                return new LayerRun(cost, heads, kvHeads, shape.heads() / heads);
            }
        }
        throw tooLarge(cost, heapBytes);
    }

    /**
     * Runs the layer.
     *
     * @return seconds that attention took
     * @throws QuestionException if the heap does not hold it after all
     */
    public double seconds(int threads) {
        try {
            AttentionInput input = input(cost.shape(), heads, kvHeads, cost.context());
            long nanos = 0;
            for (int group = 0; group < groups; group++) {
                long start = System.nanoTime();
                Attention.forward(input, threads);
                nanos += System.nanoTime() - start;
            }
            return nanos / 1e9;
        } catch (OutOfMemoryError e) {
            throw tooLarge(cost, Runtime.getRuntime().maxMemory());
        }
    }

    /** Random operands: queries {@code [heads, n, d]}, keys and values {@code [kvHeads, n, d]}. */
    public static AttentionInput input(ModelShape shape, int heads, int kvHeads, int context) {
        AttentionInput input =
                AttentionInput.of(
                        random(1, heads, context, shape.headDim(), QUERY_DEVIATION),
                        random(2, kvHeads, context, shape.headDim(), 1),
                        random(3, kvHeads, context, shape.headDim(), 1));
        return shape.causal() ? input.withMask(AttentionMask.causal()) : input;
    }

    /** Uniformly distributed numbers around 0. */
    private static Heads random(long seed, int heads, int rows, int columns, float deviation) {
        Heads made = Heads.zeros(heads, rows, columns);
        SplittableRandom random = new SplittableRandom(seed);
        float[] data = made.data();
        float factor = (float) (deviation * Math.sqrt(3) / (1L << 31));
        for (int i = 0; i < data.length; i++) {
            data[i] = random.nextInt() * factor;
        }
        return made;
    }

    private static double bytes(AttentionCost cost, int heads, int kvHeads) {
        double columns = 2.0 * (heads + kvHeads) * cost.shape().headDim() + heads;
        return columns * cost.context() * Float.BYTES;
    }

    private static QuestionException tooLarge(AttentionCost cost, long heapBytes) {
        double gigabytes = bytes(cost, 1, 1) / 1e9;
        return new QuestionException(
                "--measure needs at least %.1f GB for one head of %d tokens, and the heap of %.1f GB does not hold it: HEED_JAVA_OPTS=-Xmx%dg gives more, or take a shorter --context"
                        .formatted(
                                gigabytes,
                                cost.context(),
                                heapBytes / 1e9,
                                (long) Math.ceil(gigabytes / HEAP_SHARE)));
    }
}

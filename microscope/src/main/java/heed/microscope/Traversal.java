package heed.microscope;

import heed.attention.AttentionWeights;
import heed.attention.AttentionWeights.KeyRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The one way through the attention of a run: block after block of queries, in each head after
 * head, with all weights of a block's queries recomputed. Blocks are read in parallel and their
 * results come in order, so that nothing depends on the number of threads. Memory: a block of rows
 * a thread, {@code 64 · n} floats, and what the readers keep.
 */
public final class Traversal {
    /** Queries of a block, as many as the kernel takes at a time. */
    public static final int BLOCK = 64;

    private static final String WHAT = "looking";

    /**
     * Blocks of queries of which none parts a group.
     *
     * @param groups the tokens that belong together, rising, group after group
     */
    public static List<int[]> blocks(List<int[]> groups) {
        List<int[]> blocks = new ArrayList<>();
        List<int[]> open = new ArrayList<>();
        int size = 0;
        for (int[] group : groups) {
            if (size > 0 && size + group.length > BLOCK) {
                blocks.add(joined(open));
                open.clear();
                size = 0;
            }
            open.add(group);
            size += group.length;
        }
        if (size > 0) {
            blocks.add(joined(open));
        }
        return blocks;
    }

    /** Blocks of the tokens {@code 0 … n − 1}. */
    public static List<int[]> blocksOfAll(int n) {
        return blocks(IntStream.range(0, n).mapToObj(token -> new int[] {token}).toList());
    }

    private static int[] joined(List<int[]> groups) {
        return groups.stream().flatMapToInt(Arrays::stream).toArray();
    }

    /**
     * Reads all rows of all blocks.
     *
     * @param heads in the order in which each block shows them
     * @param blocks the queries of each block
     * @param readers makes the reader of a block, by its number
     * @return what each block's reader found, in the order of the blocks
     */
    public static <R> List<R> read(
            AttentionTrace trace,
            List<HeadId> heads,
            List<int[]> blocks,
            Function<Integer, RowReader<R>> readers,
            Listener listener) {
        AtomicInteger done = new AtomicInteger();
        int rows = blocks.stream().mapToInt(block -> block.length).max().orElse(0);
        BufferPool<float[][]> buffers = new BufferPool<>(() -> new float[rows][trace.tokens()]);
        return IntStream.range(0, blocks.size())
                .parallel()
                .mapToObj(
                        block -> {
                            RowReader<R> reader = readers.apply(block);
                            float[][] buffer = buffers.take();
                            readBlock(trace, heads, blocks.get(block), reader, buffer);
                            buffers.give(buffer);
                            R result = reader.result();
                            listener.done(WHAT, done.incrementAndGet(), blocks.size());
                            return result;
                        })
                .toList();
    }

    /** Shows one block of queries to a reader, head after head, on this thread. */
    public static void readBlock(
            AttentionTrace trace, List<HeadId> heads, int[] queries, RowReader<?> reader) {
        readBlock(trace, heads, queries, reader, new float[queries.length][trace.tokens()]);
    }

    private static void readBlock(
            AttentionTrace trace,
            List<HeadId> heads,
            int[] queries,
            RowReader<?> reader,
            float[][] rows) {
        int layer = -1;
        AttentionWeights weights = null;
        for (HeadId head : heads) {
            if (weights == null || layer != head.layer()) {
                layer = head.layer();
                weights = trace.weights(layer, queries);
            }
            reader.read(rows(weights, head, queries, rows));
        }
    }

    /**
     * The rows of one head, recomputed.
     *
     * @param buffer {@code [queries][n]} at least: gets the weights
     */
    public static WeightRows rows(
            AttentionWeights weights, HeadId head, int[] queries, float[][] buffer) {
        KeyRange reach = weights.reach(head.head(), 0, queries.length);
        int keys = reach.end() - reach.from();
        weights.tile(head.head(), 0, queries.length, reach.from(), keys, buffer);
        return new WeightRows(head, queries, reach, buffer);
    }

    private Traversal() {}
}

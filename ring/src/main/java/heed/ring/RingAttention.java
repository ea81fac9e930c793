package heed.ring;

import heed.attention.Attention;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;
import scala.reflect.ClassTag$;

/**
 * Exact attention over a sequence that outgrows one machine (Liu et al. 2023, "Ring Attention with
 * Blockwise Transformers"), on Apache Spark.
 *
 * <p>The sequence is dealt out to p parts ({@link Zigzag}). Keys and values are stored by the
 * workers as tiles; a task for each part reads its queries from their source and pulls the tiles
 * that they see, beginning with its own part's ({@link RotatedPull}). What its queries get from
 * each is merged by log-sum-exp. So a worker holds {@code O(n / p)}, tiles that are masked whole
 * are neither computed nor fetched, and results have the same bits wherever the tasks run.
 *
 * <p>Results are RDDs that compute when an action asks for them: write them from their partitions,
 * and do not collect them.
 */
public final class RingAttention implements AutoCloseable {
    /** Bytes of a tile at most, about: large enough to travel well, small beside a worker. */
    public static final int TILE_BYTES = 8 << 20;

    private static final int ROW_MULTIPLE = 64;

    /** The driver asks the mask about every pair of tiles once. */
    private static final int MOST_TILES = 32_768;

    /** The driver keeps the tiles that each part pulls: 8 bytes for each. */
    private static final int MOST_PULLS = 1 << 25;

    private final RingInput input;
    private final Zigzag zigzag;
    private final List<List<Span>> pieces;
    private final Rotation rotation;
    private final JavaRDD<KeyValueTile> tiles;
    private final RingCounters counters;
    private boolean stored;

    /**
     * A ring over a sequence, of which nothing is read yet.
     *
     * @param parts p: tasks of a pass; more than there are slots, if their number is to fill them
     * @throws IllegalArgumentException if {@code parts} is less than 1, or there are too many tiles
     */
    public static RingAttention of(JavaSparkContext spark, RingInput input, int parts) {
        return of(spark, input, parts, TILE_BYTES);
    }

    /**
     * The same with tiles of another size.
     *
     * @param tileBytes bytes of a tile's keys and values, about
     */
    public static RingAttention of(
            JavaSparkContext spark, RingInput input, int parts, int tileBytes) {
        return new RingAttention(spark, input, parts, checkedRowsOfTile(input, parts, tileBytes));
    }

    /**
     * The most rows of a tile.
     *
     * @throws IllegalArgumentException if {@code parts} is less than 1, or there are too many of
     *     them or of tiles
     */
    static int checkedRowsOfTile(RingInput input, int parts, int tileBytes) {
        if (parts < 1) {
            throw new IllegalArgumentException(
                    "a ring needs at least 1 part, not %d".formatted(parts));
        }
        int rowsOfTile = rowsOfTile(input, tileBytes);
        long tiles = 2L * parts + input.tokens() / rowsOfTile;
        if (tiles > MOST_TILES) {
            throw new IllegalArgumentException(
                    "%,d tokens in %,d parts make %,d tiles, more than %,d: give fewer parts or larger tiles"
                            .formatted(input.tokens(), parts, tiles, MOST_TILES));
        }
        if (parts * tiles > MOST_PULLS) {
            throw new IllegalArgumentException(
                    "%,d parts that pull up to %,d tiles each are more than %,d pulls: give fewer parts"
                            .formatted(parts, tiles, MOST_PULLS));
        }
        return rowsOfTile;
    }

    private RingAttention(JavaSparkContext spark, RingInput input, int parts, int rowsOfTile) {
        this.input = input;
        this.zigzag = new Zigzag(input.tokens(), parts);
        this.pieces =
                IntStream.range(0, parts)
                        .mapToObj(part -> zigzag.pieces(part, rowsOfTile))
                        .toList();
        this.rotation = rotation();
        this.counters = new RingCounters(spark.sc());
        List<Span> spans = pieces.stream().flatMap(List::stream).toList();
        this.tiles =
                spark.parallelize(spans, spans.size())
                        .map(input::tile)
                        .setName("tiles of keys and values")
                        .persist(StorageLevel.MEMORY_AND_DISK_SER());
    }

    private static int rowsOfTile(RingInput input, int bytes) {
        long bytesOfRow =
                (long) input.k().heads()
                        * (input.k().columns() + input.v().columns())
                        * Float.BYTES;
        long rows = bytes / bytesOfRow / ROW_MULTIPLE * ROW_MULTIPLE;
        return Math.toIntExact(Math.max(ROW_MULTIPLE, rows));
    }

    /**
     * What each part pulls.
     *
     * @param order for every part the numbers of the tiles that it sees: its own first, then those
     *     of the next part, and so on round the ring
     * @param pairs pairs of a block of queries and a tile, of which the mask leaves something
     */
    private record Rotation(int[][] order, long pairs) {}

    private Rotation rotation() {
        int parts = zigzag.parts();
        int[] firstTile = new int[parts + 1];
        for (int part = 0; part < parts; part++) {
            firstTile[part + 1] = firstTile[part] + pieces.get(part).size();
        }
        int[][] order = new int[parts][];
        long pairs = 0;
        for (int part = 0; part < parts; part++) {
            List<Span> queries = pieces.get(part);
            List<Integer> pulled = new ArrayList<>();
            for (int step = 0; step < parts; step++) {
                int owner = (part + step) % parts;
                for (int i = 0; i < pieces.get(owner).size(); i++) {
                    Span keys = pieces.get(owner).get(i);
                    long seen = queries.stream().filter(span -> input.sees(span, keys)).count();
                    pairs += seen;
                    if (seen > 0) {
                        pulled.add(firstTile[owner] + i);
                    }
                }
            }
            order[part] = pulled.stream().mapToInt(Integer::intValue).toArray();
        }
        return new Rotation(order, pairs);
    }

    /**
     * Attention of every query to all keys that it may attend to.
     *
     * @return blocks {@code out [H, rows, d_v]} and {@code lse [H, rows, 1]}: for every part those
     *     of its rows, in order; 0 and −∞ in a row with nothing to attend to
     */
    public JavaRDD<RowBlock> forward() {
        store();
        return new JavaRDD<>(
                pull("attention", new ForwardPart(input, pieces)),
                ClassTag$.MODULE$.apply(RowBlock.class));
    }

    /**
     * Gradients of a loss, from those of the output, by the same rotation.
     *
     * @param out what {@link #forward} gave: {@code [H, n, d_v]}
     * @param lse and {@code [H, n, 1]}
     * @param dOut gradient of {@code out}
     * @return blocks {@code dq [H, rows, d]}, {@code dk [Hkv, rows, d]} and {@code dv [Hkv, rows,
     *     d_v]}: for every part those of its rows, in order
     * @throws IllegalArgumentException if a shape does not fit the input
     */
    public JavaRDD<RowBlock> backward(RowSource out, RowSource lse, RowSource dOut) {
        input.checkOutput(out, input.v().columns());
        input.checkOutput(lse, 1);
        input.checkOutput(dOut, input.v().columns());
        store();
        RDD<Tuple2<GradientKey, RowBlock>> summands =
                pull("gradients", new BackwardPart(input, out, lse, dOut, pieces));
        return new JavaPairRDD<>(
                        summands,
                        ClassTag$.MODULE$.<GradientKey>apply(GradientKey.class),
                        ClassTag$.MODULE$.<RowBlock>apply(RowBlock.class))
                .repartitionAndSortWithinPartitions(new GradientSums.ByPart(pieces))
                .mapPartitions(GradientSums::new);
    }

    /** What the passes so far have cost. */
    public RingCost cost() {
        long blocks = pieces.stream().mapToLong(List::size).sum();
        return new RingCost(
                input.tokens(),
                zigzag.parts(),
                rotation.pairs,
                blocks * blocks - rotation.pairs,
                counters.localTiles(),
                counters.localBytes(),
                counters.remoteTiles(),
                counters.remoteBytes());
    }

    /**
     * Has the workers read all tiles, once: a task that found one missing would read it itself. And
     * has the kernels compiled, or the first tasks of a pass would be the slowest.
     */
    private void store() {
        if (!stored) {
            tiles.context().setCallSite("tiles read and stored");
            tiles.foreachPartition(tile -> WarmUp.once());
            tiles.context().clearCallSite();
            stored = true;
        }
    }

    /**
     * @param name what Spark calls the stage
     */
    private <R> RDD<R> pull(String name, RotatedPull.PartTask<R> task) {
        tiles.context().setCallSite(name);
        RDD<R> results = new RotatedPull<>(tiles.rdd(), rotation.order, task, counters);
        tiles.context().clearCallSite();
        return results;
    }

    /** A class is initialised once in a process. */
    private static final class WarmUp {
        static {
            Attention.warmUp();
        }

        static void once() {}
    }

    /** Frees what the workers store. */
    @Override
    public void close() {
        tiles.unpersist();
    }
}

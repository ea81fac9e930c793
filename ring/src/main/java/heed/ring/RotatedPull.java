package heed.ring;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.NarrowDependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.RDDBlockId;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The ring as an RDD. Its partition i is a part of the queries; it depends on all tiles of keys and
 * values that these see, and pulls one after another, beginning with its own part's: at any moment
 * the parts pull from different workers.
 *
 * <p>A tile is a partition of a persisted RDD. Spark's block manager hands it over from wherever it
 * is stored, and where its worker was lost, Spark makes it again from its source. Dependencies are
 * narrow: nothing waits for anything, and a task that is lost runs again alone.
 */
final class RotatedPull<R> extends RDD<R> {
    private static final long serialVersionUID = 1L;

    private static final ClassTag<KeyValueTile> TILE = ClassTag$.MODULE$.apply(KeyValueTile.class);

    private final transient int[][] order;
    private final PartTask<R> task;
    private final RingCounters counters;

    /** What is made of a part and the tiles that it pulls. */
    @FunctionalInterface
    interface PartTask<R> extends Serializable {
        Iterator<R> run(int part, Iterator<KeyValueTile> tiles, int threads) throws IOException;
    }

    /**
     * @param tiles persisted; one to a partition
     * @param order for every part the tiles that it pulls, in order
     */
    RotatedPull(RDD<KeyValueTile> tiles, int[][] order, PartTask<R> task, RingCounters counters) {
        super(
                tiles.context(),
                seq(List.of(new Pulls(tiles, order))),
                ClassTag$.MODULE$.apply(Object.class));
        this.order = order;
        this.task = task;
        this.counters = counters;
    }

    /**
     * A part with the partitions of the tiles that it pulls, in order: only the driver could tell
     * them from the RDD.
     */
    private record Part(int index, Partition[] tiles) implements Partition {}

    @Override
    public Partition[] getPartitions() {
        Partition[] tiles = firstParent(TILE).partitions();
        return IntStream.range(0, order.length)
                .mapToObj(
                        part ->
                                new Part(
                                        part,
                                        Arrays.stream(order[part])
                                                .mapToObj(tile -> tiles[tile])
                                                .toArray(Partition[]::new)))
                .toArray(Partition[]::new);
    }

    @Override
    public scala.collection.Iterator<R> compute(Partition partition, TaskContext context) {
        Part part = (Part) partition;
        RDD<KeyValueTile> tiles = firstParent(TILE);
        Iterator<KeyValueTile> pulled =
                new Prefetched<>(
                        Arrays.stream(part.tiles)
                                .map(tile -> pull(tiles, tile, context))
                                .iterator(),
                        context);
        try {
            return CollectionConverters.asScala(task.run(part.index, pulled, context.cpus()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private KeyValueTile pull(RDD<KeyValueTile> tiles, Partition tile, TaskContext context) {
        RDDBlockId block = new RDDBlockId(tiles.id(), tile.index());
        boolean isHere = SparkEnv.get().blockManager().getStatus(block).isDefined();
        KeyValueTile pulled = tiles.iterator(tile, context).next();
        counters.pulled(pulled, isHere);
        return pulled;
    }

    /** Part i pulls the tiles {@code order[i]}. */
    private static final class Pulls extends NarrowDependency<KeyValueTile> {
        private static final long serialVersionUID = 1L;

        private final transient int[][] order;

        Pulls(RDD<KeyValueTile> tiles, int[][] order) {
            super(tiles);
            this.order = order;
        }

        @Override
        public Seq<Object> getParents(int part) {
            return seq(Arrays.stream(order[part]).<Object>mapToObj(Integer::valueOf).toList());
        }
    }

    private static <T> Seq<T> seq(List<? extends T> list) {
        return CollectionConverters.<T>asScala(List.<T>copyOf(list)).toSeq();
    }
}

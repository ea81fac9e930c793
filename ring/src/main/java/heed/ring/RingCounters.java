package heed.ring;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/** What the tasks of a ring count; a task that runs again counts again. */
final class RingCounters implements Serializable {
    private static final long serialVersionUID = 1L;

    private final LongAccumulator localTiles;
    private final LongAccumulator localBytes;
    private final LongAccumulator remoteTiles;
    private final LongAccumulator remoteBytes;

    RingCounters(SparkContext spark) {
        localTiles = spark.longAccumulator("tiles read where they are stored");
        localBytes = spark.longAccumulator("bytes read where they are stored");
        remoteTiles = spark.longAccumulator("tiles fetched");
        remoteBytes = spark.longAccumulator("bytes fetched");
    }

    void pulled(KeyValueTile tile, boolean isHere) {
        (isHere ? localTiles : remoteTiles).add(1L);
        (isHere ? localBytes : remoteBytes).add(tile.bytes());
    }

    long localTiles() {
        return localTiles.value();
    }

    long localBytes() {
        return localBytes.value();
    }

    long remoteTiles() {
        return remoteTiles.value();
    }

    long remoteBytes() {
        return remoteBytes.value();
    }
}

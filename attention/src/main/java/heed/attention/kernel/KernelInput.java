package heed.attention.kernel;

import org.jspecify.annotations.Nullable;

/**
 * What the kernels compute from: the checked content of an {@code AttentionInput}.
 *
 * @param softCap {@link Float#POSITIVE_INFINITY} for none
 * @param bias null for none
 * @param sinks null for none
 * @param dropout null for none
 */
public record KernelInput(
        HeadView q,
        KeyValueView k,
        KeyValueView v,
        float scale,
        float softCap,
        @Nullable Bias bias,
        Visibility mask,
        float @Nullable [] sinks,
        @Nullable Dropout dropout,
        int firstQuery,
        int firstKey) {

    /** What is added to a score. Positions are absolute. */
    @FunctionalInterface
    public interface Bias {
        float at(int head, int query, int key);
    }

    /** Query heads that read the same key/value head. */
    int group() {
        return q.heads() / k.heads();
    }

    /** The key/value head that a query head reads. */
    int keyHead(int queryHead) {
        return queryHead / group();
    }

    /**
     * What queries are multiplied with: it makes a dot product what the soft cap reads, or without
     * one the score in units of ln 2.
     */
    float queryFactor() {
        return hasSoftCap() ? scale / softCap : (float) (scale / Math.log(2));
    }

    /** Whether the mask lets a query of a tile of rows attend to one of its keys, or might. */
    boolean sees(int head, int query, int queries, int key, int keys) {
        return keys > 0
                && mask.tile(head, firstQuery + query, queries, firstKey + key, keys)
                        != Visibility.Tile.EMPTY;
    }

    boolean hasSoftCap() {
        return softCap != Float.POSITIVE_INFINITY;
    }
}

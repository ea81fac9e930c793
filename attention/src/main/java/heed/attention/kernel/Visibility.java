package heed.attention.kernel;

/** What the kernel asks a mask. Positions are absolute. */
public interface Visibility {

    /** What a tile of query and key positions holds. */
    enum Tile {
        EMPTY,
        PARTIAL,
        FULL
    }

    /** Classifies a tile. */
    Tile tile(int head, int firstQuery, int queries, int firstKey, int keys);

    /** Bit i is set if query {@code firstQuery + i} may attend to the key. */
    long queries(int head, int firstQuery, int count, int key);
}

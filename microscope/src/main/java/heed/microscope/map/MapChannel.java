package heed.microscope.map;

/** What a cell of a map says of its weights. */
public enum MapChannel {
    /** The largest of them: a single weight that stands out does so at every zoom. */
    MAX,

    /**
     * Their sum over the keys, as a mean over the queries: a row of a map's cells sums to 1 at
     * every zoom.
     */
    MASS
}

package heed.microscope.map;

/**
 * Of each query its largest weight, and how often that is an even share of what the query sees.
 *
 * @param weight {@code [n_q]}
 * @param lift {@code [n_q]}
 */
record RowPeaks(float[] weight, float[] lift) {

    static RowPeaks of(int queries) {
        return new RowPeaks(new float[queries], new float[queries]);
    }

    void set(int query, float largest, int seen) {
        weight[query] = largest;
        lift[query] = largest * seen;
    }
}

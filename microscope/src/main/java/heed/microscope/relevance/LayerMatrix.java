package heed.microscope.relevance;

/** A matrix {@code [n][n]} for each layer of a run, made by rows; no one holds it. */
interface LayerMatrix {

    /** Prepares for the rows of a layer, before any is asked for. */
    void enter(int layer);

    /**
     * Rows of the layer that was entered; several threads may ask.
     *
     * @param tokens whose rows, rising
     * @return {@code [tokens][n]}
     */
    double[][] rows(int... tokens);
}

package heed.transformer.layer;

/** The weight of a linear layer, that maps {@code in} features to {@code out}. */
sealed interface Matrix permits DenseMatrix, StoredMatrix {
    int in();

    int out();

    /**
     * {@code y = activation(x W + bias)}.
     *
     * @param x {@code [n, in]}
     * @param bias {@code [out]}
     * @param y {@code [n, out]}; overwritten
     */
    void multiply(float[] x, int n, float[] bias, Activation activation, float[] y);

    /** Rows {@code from … from + count − 1} of W {@code [in, out]}: {@code [count][out]}. */
    float[][] rows(int from, int count);
}

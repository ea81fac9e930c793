package heed.transformer.layer;

import heed.simd.ElementFunction;

/** The weight of a linear layer, that maps {@code in} features to {@code out}. */
sealed interface Matrix permits DenseMatrix, StoredMatrix, TrainedMatrix {
    int in();

    int out();

    /**
     * {@code y = function(x W + bias)}.
     *
     * @param x {@code [n, in]}
     * @param bias {@code [out]}
     * @param function applied to each block of y where it was just made
     * @param y {@code [n, out]}; overwritten
     */
    void multiply(float[] x, int n, float[] bias, ElementFunction function, float[] y);

    /** Rows {@code from … from + count − 1} of W {@code [in, out]}: {@code [count][out]}. */
    float[][] rows(int from, int count);
}

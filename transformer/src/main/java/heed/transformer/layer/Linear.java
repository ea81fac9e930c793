package heed.transformer.layer;

import heed.simd.PackedMatrix;
import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.Weights;

/** {@code y = x W + b}, with W of shape {@code [in, out]}. */
public final class Linear {
    private final PackedMatrix weight;
    private final float[] bias;

    private Linear(PackedMatrix weight, float[] bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /**
     * Takes {@code weight [in, out]} and {@code bias [out]}.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Linear of(Weights weights, int in, int out) throws CheckpointException {
        return new Linear(
                PackedMatrix.pack(in, out, weights.get("weight", in, out)),
                weights.get("bias", out));
    }

    public int in() {
        return weight.rows();
    }

    public int out() {
        return weight.columns();
    }

    /** Row {@code in} of W: what a unit of that input adds to the output. */
    public float[] weightRow(int in) {
        return weight.row(in);
    }

    /**
     * {@code [n, out]} of x {@code [n, in]}.
     *
     * @throws IllegalArgumentException if x is not whole rows of {@code in} features
     */
    public float[] forward(float[] x) {
        return forward(x, Activation.NONE);
    }

    /**
     * The same, and then an activation.
     *
     * @throws IllegalArgumentException if x is not whole rows of {@code in} features
     */
    public float[] forward(float[] x, Activation activation) {
        if (x.length % in() != 0) {
            throw new IllegalArgumentException(
                    "%d elements are not rows of %d features".formatted(x.length, in()));
        }
        int n = x.length / in();
        float[] y = new float[Math.multiplyExact(n, out())];
        weight.multiply(x, n, bias, activation::apply, y, ThreadTeam.defaultThreads());
        return y;
    }
}

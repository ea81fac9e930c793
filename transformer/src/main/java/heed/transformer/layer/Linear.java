package heed.transformer.layer;

import heed.simd.PackedMatrix;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.StoredTensor;
import heed.transformer.checkpoint.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code y = x W + b}, with W of shape {@code [in, out]}. */
public final class Linear {
    private final Matrix weight;
    private final float[] bias;

    private Linear(Matrix weight, float[] bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /**
     * Takes {@code weight [in, out]} and {@code bias [out]}, as ONNX files and the convolutions of
     * GPT-2 have them.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Linear of(Weights weights, int in, int out) throws CheckpointException {
        PackedMatrix packed = PackedMatrix.pack(in, out, weights.get("weight", in, out));
        return new Linear(new DenseMatrix(packed), weights.get("bias", out));
    }

    /**
     * Takes {@code weight [out, in]}, as PyTorch has it, and {@code bias [out]} if there is one.
     * The weight stays as it is stored.
     *
     * @throws CheckpointException if the weight is missing, or one is of another shape
     */
    public static Linear stored(Weights weights, int in, int out) throws CheckpointException {
        float[] bias = weights.has("bias") ? weights.get("bias", out) : new float[out];
        return new Linear(new StoredMatrix(weights.stored("weight", out, in)), bias);
    }

    /**
     * Takes {@code weight [out, in]}, as PyTorch has it, and {@code bias [out]}, and packs the
     * weight in single precision: the fastest for many tokens, but memory of its own.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Linear transposed(Weights weights, int in, int out) throws CheckpointException {
        float[] stored = weights.get("weight", out, in);
        float[] columns = new float[stored.length];
        for (int row = 0; row < out; row++) {
            for (int i = 0; i < in; i++) {
                columns[i * out + row] = stored[row * in + i];
            }
        }
        PackedMatrix packed = PackedMatrix.pack(in, out, columns);
        return new Linear(new DenseMatrix(packed), weights.get("bias", out));
    }

    /**
     * Takes {@code weight [in, parts · out]} and {@code bias [parts · out]} as so many layers
     * beside one another.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static List<Linear> parts(Weights weights, int in, int out, int parts)
            throws CheckpointException {
        float[] weight = weights.get("weight", in, parts * out);
        float[] bias = weights.get("bias", parts * out);
        List<Linear> layers = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            float[] columns = new float[in * out];
            for (int row = 0; row < in; row++) {
                System.arraycopy(weight, (row * parts + part) * out, columns, row * out, out);
            }
            layers.add(
                    new Linear(
                            new DenseMatrix(PackedMatrix.pack(in, out, columns)),
                            Arrays.copyOfRange(bias, part * out, (part + 1) * out)));
        }
        return layers;
    }

    /**
     * Takes {@code weight [parts · out, in]} and {@code bias [parts · out]} as so many layers below
     * one another. The weight stays as it is stored.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static List<Linear> storedParts(Weights weights, int in, int out, int parts)
            throws CheckpointException {
        StoredTensor weight = weights.stored("weight", parts * out, in);
        float[] bias = weights.get("bias", parts * out);
        long bytes = weight.data().byteSize() / parts;
        List<Linear> layers = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            StoredTensor rows =
                    new StoredTensor(
                            weight.name(),
                            List.of(out, in),
                            weight.type(),
                            weight.data().asSlice(part * bytes, bytes));
            layers.add(
                    new Linear(
                            new StoredMatrix(rows),
                            Arrays.copyOfRange(bias, part * out, (part + 1) * out)));
        }
        return layers;
    }

    /** An output layer without bias whose weight {@code [out, in]} is also an embedding. */
    public static Linear tied(StoredTensor weight) {
        return new Linear(new StoredMatrix(weight), new float[weight.shape().getFirst()]);
    }

    /** b: {@code [out]}. */
    public float[] bias() {
        return bias.clone();
    }

    public int in() {
        return weight.in();
    }

    public int out() {
        return weight.out();
    }

    /**
     * Rows {@code from … from + count − 1} of W: what units of the input add to the output, {@code
     * [count][out]}.
     */
    public float[][] weightRows(int from, int count) {
        return weight.rows(from, count);
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
        weight.multiply(x, n, bias, activation, y);
        return y;
    }
}

package heed.transformer.layer;

import heed.simd.ElementFunction;
import heed.simd.PackedMatrix;
import heed.simd.Tasks;
import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.StoredTensor;
import heed.transformer.checkpoint.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
     * Takes a weight, as the layout of the checkpoint has it, and {@code bias [out]}, and packs the
     * weight in single precision: the fastest for many tokens, but memory of its own.
     *
     * @throws CheckpointException if one is missing or of another shape
     */
    public static Linear packed(Weights weights, int in, int out) throws CheckpointException {
        float[] columns =
                switch (weights.layout()) {
                    case IN_OUT -> weights.get("weight", in, out);
                    case OUT_IN -> transposed(weights.get("weight", out, in), in, out);
                };
        return new Linear(
                new DenseMatrix(PackedMatrix.pack(in, out, columns)), weights.get("bias", out));
    }

    private static float[] transposed(float[] rows, int in, int out) {
        float[] columns = new float[rows.length];
        for (int row = 0; row < out; row++) {
            for (int i = 0; i < in; i++) {
                columns[i * out + row] = rows[row * in + i];
            }
        }
        return columns;
    }

    private static float[] biasOf(Weights weights, int out) throws CheckpointException {
        return weights.has("bias") ? weights.get("bias", out) : new float[out];
    }

    /**
     * Takes a weight, as the layout of the checkpoint has it, and {@code bias [out]} if there is
     * one. A weight {@code [out, in]} stays as it is stored; another is packed.
     *
     * @throws CheckpointException if the weight is missing, or one is of another shape
     */
    public static Linear stored(Weights weights, int in, int out) throws CheckpointException {
        return switch (weights.layout()) {
            case IN_OUT -> packed(weights, in, out);
            case OUT_IN ->
                    new Linear(
                            new StoredMatrix(weights.stored("weight", out, in)),
                            biasOf(weights, out));
        };
    }

    /**
     * Takes one weight and one bias as several layers beside one another: the first {@code outs[0]}
     * outputs are the first layer's. A weight {@code [out, in]} stays as it is stored.
     *
     * @throws CheckpointException if the weight is missing, or one is of another shape
     */
    public static List<Linear> parts(Weights weights, int in, int... outs)
            throws CheckpointException {
        int all = Arrays.stream(outs).sum();
        float[] bias = biasOf(weights, all);
        StoredTensor weight =
                switch (weights.layout()) {
                    case IN_OUT -> weights.stored("weight", in, all);
                    case OUT_IN -> weights.stored("weight", all, in);
                };
        List<Linear> layers = new ArrayList<>();
        int first = 0;
        for (int out : outs) {
            Matrix part =
                    switch (weights.layout()) {
                        case IN_OUT -> columns(weight, first, out);
                        case OUT_IN -> new StoredMatrix(weight.rows(first, out));
                    };
            layers.add(new Linear(part, Arrays.copyOfRange(bias, first, first + out)));
            first += out;
        }
        return layers;
    }

    private static Matrix columns(StoredTensor weight, int first, int count) {
        float[] all = weight.toFloats();
        int in = weight.shape().getFirst();
        int stride = weight.shape().getLast();
        float[] columns = new float[in * count];
        for (int row = 0; row < in; row++) {
            System.arraycopy(all, row * stride + first, columns, row * count, count);
        }
        return new DenseMatrix(PackedMatrix.pack(in, count, columns));
    }

    /**
     * Takes {@code weight [groups · parts · d, in]} as so many layers whose rows alternate: d rows
     * of the first, d of the second, and so on, for each of the groups. GPT-NeoX keeps the queries,
     * keys and values of a head together.
     *
     * @param groups heads
     * @throws CheckpointException if the weight is missing, or one is of another shape
     */
    public static List<Linear> alternating(
            Weights weights, int in, int groups, int parts, int columns)
            throws CheckpointException {
        int out = groups * columns;
        float[] bias = biasOf(weights, parts * out);
        StoredTensor weight = weights.stored("weight", parts * out, in);
        List<Linear> layers = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int[] rows = new int[out];
            float[] ofRows = new float[out];
            for (int row = 0; row < out; row++) {
                rows[row] = (row / columns * parts + part) * columns + row % columns;
                ofRows[row] = bias[rows[row]];
            }
            layers.add(new Linear(new StoredMatrix(weight.rows(rows)), ofRows));
        }
        return layers;
    }

    /** An output layer without bias whose weight {@code [out, in]} is also an embedding. */
    public static Linear tied(StoredTensor weight) {
        return new Linear(new StoredMatrix(weight), new float[weight.shape().getFirst()]);
    }

    /** A layer that is learnt: {@code weight [in, out]} and {@code bias [out]}. */
    public static Linear trained(Parameters parameters, int in, int out) {
        return trainedParts(parameters, in, out, 1).getFirst();
    }

    /**
     * Layers that are learnt, so many beside one another: {@code weight [in, parts · out]} and
     * {@code bias [parts · out]}.
     */
    public static List<Linear> trainedParts(Parameters parameters, int in, int out, int parts) {
        Parameter weight = parameters.get("weight", in, parts * out);
        Parameter bias = parameters.get("bias", parts * out);
        List<Linear> layers = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            layers.add(trained(new TrainedMatrix(weight, bias, in, out, part * out, false)));
        }
        return layers;
    }

    /**
     * An output layer without bias that is learnt, whose weight {@code [out, in]} may also be an
     * embedding.
     */
    public static Linear trainedTied(Parameter weight) {
        int out = weight.shape().getFirst();
        int in = weight.shape().getLast();
        return trained(new TrainedMatrix(weight, null, in, out, 0, true));
    }

    private static Linear trained(TrainedMatrix matrix) {
        return new Linear(matrix, matrix.bias());
    }

    /** b: {@code [out]}. */
    public float[] bias() {
        if (weight instanceof TrainedMatrix trained) {
            trained.refresh();
        }
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
        int n = rows(x);
        float[] y = new float[Math.multiplyExact(n, out())];
        weight.multiply(x, n, bias, activation::apply, y);
        return y;
    }

    /**
     * What several layers give for the same x: {@code [n, out]} of each.
     *
     * @throws IllegalArgumentException if x is not whole rows of {@code in} features
     */
    public static List<float[]> forward(float[] x, List<Linear> layers) {
        return forward(x, layers, Collections.nCopies(layers.size(), Activation.NONE));
    }

    /**
     * A gated layer (Shazeer 2020): {@code activation(x W + b) ∘ (x W′ + b′)}.
     *
     * @throws IllegalArgumentException if x is not whole rows of {@code in} features
     */
    public static float[] gated(float[] x, Linear gate, Activation activation, Linear up) {
        List<float[]> both = forward(x, List.of(gate, up), List.of(activation, Activation.NONE));
        float[] y = both.get(0);
        float[] factors = both.get(1);
        for (int i = 0; i < y.length; i++) {
            y[i] *= factors[i];
        }
        return y;
    }

    /** Where tokens are few, the threads meet once for all layers: a meeting takes microseconds. */
    private static List<float[]> forward(
            float[] x, List<Linear> layers, List<Activation> activations) {
        List<float[]> ys = new ArrayList<>();
        List<Tasks> parts = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            Linear layer = layers.get(i);
            int n = layer.rows(x);
            if (layer.weight instanceof StoredMatrix stored && stored.areFew(n)) {
                float[] y = new float[Math.multiplyExact(n, layer.out())];
                parts.add(stored.few(x, n, layer.bias, activations.get(i)::apply, y));
                ys.add(y);
            } else {
                ys.add(layer.forward(x, activations.get(i)));
            }
        }
        ThreadTeam.run(ThreadTeam.defaultThreads(), parts);
        return ys;
    }

    private int rows(float[] x) {
        if (x.length % in() != 0) {
            throw new IllegalArgumentException(
                    "%d elements are not rows of %d features".formatted(x.length, in()));
        }
        return x.length / in();
    }

    /**
     * {@code y = x W + b} of some rows, in a training pass.
     *
     * @param x {@code [n, in]}
     * @param y {@code [n, out]}; overwritten in these rows
     * @throws IllegalStateException if the layer is not learnt
     */
    public void forward(float[] x, RowRange rows, float[] y) {
        trained().multiply(x, rows, ElementFunction.NONE, y);
    }

    /**
     * {@code h = x W + b} and {@code y = activation(h)}, of which a backward pass needs both.
     *
     * @param x {@code [n, in]}
     * @param h {@code [n, out]}; overwritten in these rows
     * @param y {@code [n, out]}; overwritten in these rows
     */
    public void forward(float[] x, RowRange rows, Activation activation, float[] h, float[] y) {
        trained().multiply(x, rows, (values, from, to) -> activation.apply(values, from, to, y), h);
    }

    /**
     * The gradient of {@code y = x W + b} by x: {@code dx = dy Wᵀ} or {@code dx += dy Wᵀ}.
     *
     * @param dy {@code [n, out]}
     * @param accumulate whether dx is added to what is there
     * @param dx {@code [n, in]}
     */
    public void backward(float[] dy, RowRange rows, boolean accumulate, float[] dx) {
        trained().multiplyTransposed(dy, rows, accumulate, ElementFunction.NONE, dx);
    }

    /**
     * The same where x is {@code activation(h)}, down to h: {@code dh = (dy Wᵀ) ∘ activation′(h)};
     * and x once more, which {@link #gradients} needs, so that nobody has to keep it.
     *
     * @param dy {@code [n, out]}
     * @param h {@code [n, in]}
     * @param dh {@code [n, in]}; overwritten in these rows
     * @param x {@code [n, in]}; overwritten in these rows
     */
    public void backward(
            float[] dy, RowRange rows, Activation activation, float[] h, float[] dh, float[] x) {
        trained()
                .multiplyTransposed(
                        dy,
                        rows,
                        false,
                        (values, from, to) -> activation.backward(h, values, from, to, x),
                        dh);
    }

    /**
     * The gradients of {@code y = x W + b} by W and b: {@code dW += xᵀ dy}, {@code db += Σ dy}.
     *
     * @param x {@code [n, in]}: what the forward pass read
     * @param dy {@code [n, out]}
     * @return what adds them to the gradients of the parameters
     */
    public ParameterGradients gradients(float[] x, float[] dy, int n) {
        return new ParameterGradients(trained().gradients(x, dy, n));
    }

    /**
     * Takes over changes of the parameters, as any pass does; passes that begin at once would each
     * wait for it.
     */
    public void refresh() {
        trained().refresh();
    }

    private TrainedMatrix trained() {
        if (weight instanceof TrainedMatrix trained) {
            return trained;
        }
        throw new IllegalStateException("a layer that is not learnt has no training passes");
    }
}

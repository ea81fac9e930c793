package heed.transformer.layer;

import heed.simd.Block;
import heed.simd.ElementFunction;
import heed.simd.PackedMatrix;
import heed.simd.Tasks;
import heed.simd.ThreadTeam;
import heed.simd.TransposedProduct;
import org.jspecify.annotations.Nullable;

/**
 * A weight that is learnt, and its bias: columns of parameters, which other layers may have other
 * columns of. It is packed for products anew whenever the parameters have changed.
 */
final class TrainedMatrix implements Matrix {
    private final Parameter weight;
    private final @Nullable Parameter biasParameter;
    private final int in;
    private final int out;
    private final boolean tied;
    private final int firstColumn;
    private final PackedMatrix packed;
    private final PackedMatrix transposed;
    private final float[] bias;
    private int version = -1;

    /**
     * @param weight {@code [in, at least firstColumn + out]}, or if tied {@code [out, in]}
     * @param bias {@code [at least firstColumn + out]}, or none
     */
    TrainedMatrix(
            Parameter weight,
            @Nullable Parameter bias,
            int in,
            int out,
            int firstColumn,
            boolean tied) {
        this.weight = weight;
        this.biasParameter = bias;
        this.in = in;
        this.out = out;
        this.firstColumn = firstColumn;
        this.tied = tied;
        this.packed = PackedMatrix.zeros(in, out);
        this.transposed = PackedMatrix.zeros(out, in);
        this.bias = new float[out];
    }

    @Override
    public int in() {
        return in;
    }

    @Override
    public int out() {
        return out;
    }

    /** {@code [out]}: the same array always, up to date after any product and {@link #refresh}. */
    float[] bias() {
        return bias;
    }

    /** W, or its gradient, within the array of the parameter. */
    private Block within(float[] array) {
        return tied
                ? Block.rows(array, 0, in).transpose()
                : Block.rows(array, firstColumn, weight.shape().getLast());
    }

    /** Takes over changes of the parameters. */
    synchronized void refresh() {
        int now = weight.version() + (biasParameter == null ? 0 : biasParameter.version());
        if (now == version) {
            return;
        }
        int threads = ThreadTeam.defaultThreads();
        Block w = within(weight.value());
        packed.set(w, threads);
        transposed.set(w.transpose(), threads);
        if (biasParameter != null) {
            System.arraycopy(biasParameter.value(), firstColumn, bias, 0, out);
        }
        version = now;
    }

    @Override
    public void multiply(float[] x, int n, float[] bias, ElementFunction function, float[] y) {
        multiply(x, RowRange.first(n), function, y);
    }

    /** {@code y = function(x W + b)} of some rows. */
    void multiply(float[] x, RowRange rows, ElementFunction function, float[] y) {
        refresh();
        packed.multiply(
                x, rows.first(), rows.count(), bias, function, y, ThreadTeam.defaultThreads());
    }

    /** {@code dx = function(dy Wᵀ)}, or {@code dx = function(dx + dy Wᵀ)}, of some rows. */
    void multiplyTransposed(
            float[] dy, RowRange rows, boolean accumulate, ElementFunction function, float[] dx) {
        refresh();
        transposed.multiply(
                dy,
                rows.first(),
                rows.count(),
                accumulate,
                function,
                dx,
                ThreadTeam.defaultThreads());
    }

    /** What adds {@code xᵀ dy} to the gradient of W, and {@code Σ dy} to that of b. */
    Tasks gradients(float[] x, float[] dy, int n) {
        Block dWeight = within(weight.gradient());
        if (tied) {
            return TransposedProduct.tasks(dy, n, out, x, in, dWeight.transpose(), null);
        }
        Block dBias =
                biasParameter == null ? null : Block.rows(biasParameter.gradient(), firstColumn, 0);
        return TransposedProduct.tasks(x, n, in, dy, out, dWeight, dBias);
    }

    @Override
    public float[][] rows(int from, int count) {
        refresh();
        float[][] rows = new float[count][];
        for (int i = 0; i < count; i++) {
            rows[i] = packed.row(from + i);
        }
        return rows;
    }
}

package heed.transformer.layer;

import static heed.simd.Lanes.PANEL;

import heed.simd.Block;
import heed.simd.BlockProduct;
import heed.simd.ElementFunction;
import heed.simd.ThreadTeam;
import heed.transformer.checkpoint.StoredTensor;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * A weight as its file holds it, {@code [out, in]}, quantised or not: it takes no memory but the
 * file's. A task of a product is a block of outputs, whose weights it makes floats of, into a
 * buffer of its own.
 *
 * <p>Many tokens: x is transposed once, into panels of {@link heed.simd.Lanes#PANEL} tokens; then
 * {@code yᵀ = W xᵀ} in tiles, so that each weight is decoded once for all tokens. Few tokens: the
 * dot product of each row with each token ({@link RowProducts}); reading the weights is all that
 * counts.
 */
record StoredMatrix(StoredTensor weight) implements Matrix {
    /** Most tokens for which dot products are the faster way. */
    private static final int FEW = 4;

    /** Outputs of a task where tokens are many. */
    private static final int OUTPUTS = 64;

    private static final int LEAST_OUTPUTS = 16;
    private static final int MOST_OUTPUTS = 1024;

    @Override
    public int in() {
        return weight.shape().get(1);
    }

    @Override
    public int out() {
        return weight.shape().get(0);
    }

    @Override
    public void multiply(float[] x, int n, float[] bias, ElementFunction function, float[] y) {
        int threads = ThreadTeam.defaultThreads();
        if (n <= FEW) {
            RowProducts products = RowProducts.of(weight, x);
            int outputs = outputsOfFew(threads);
            ThreadTeam.run(
                    threads, tasks(outputs), () -> few(products, n, outputs, bias, function, y));
        } else {
            float[][] panels = transposed(x, n, threads);
            ThreadTeam.run(threads, tasks(OUTPUTS), () -> many(panels, n, bias, function, y));
        }
    }

    private int tasks(int outputs) {
        return (out() + outputs - 1) / outputs;
    }

    /**
     * Outputs of a task where tokens are few: many, since a thread that reads on and on has its
     * memory fetched ahead, and so few that threads end at about the same time.
     */
    private int outputsOfFew(int threads) {
        return Math.clamp(out() / (3 * threads), LEAST_OUTPUTS, MOST_OUTPUTS);
    }

    @Override
    public float[][] rows(int from, int count) {
        float[][] rows = new float[count][out()];
        float[] row = new float[in()];
        for (int o = 0; o < out(); o++) {
            weight.dequantize((long) o * in(), row, 0, in());
            for (int i = 0; i < count; i++) {
                rows[i][o] = row[from + i];
            }
        }
        return rows;
    }

    private IntConsumer few(
            RowProducts products,
            int n,
            int outputs,
            float[] bias,
            ElementFunction function,
            float[] y) {
        return task -> {
            int first = task * outputs;
            int count = Math.min(outputs, out() - first);
            products.multiply(first, count, y);
            for (int token = 0; token < n; token++) {
                int at = token * out() + first;
                for (int o = 0; o < count; o++) {
                    y[at + o] += bias[first + o];
                }
                function.apply(y, at, at + count);
            }
        };
    }

    private IntConsumer many(
            float[][] panels, int n, float[] bias, ElementFunction function, float[] y) {
        float[] w = new float[OUTPUTS * in()];
        float[] c = new float[OUTPUTS * PANEL];
        return task -> {
            int first = task * OUTPUTS;
            int count = Math.min(OUTPUTS, out() - first);
            BlockDecoder.decode(weight, (long) first * in(), w, count * in());
            for (int panel = 0; panel < panels.length; panel++) {
                for (int o = 0; o < count; o++) {
                    Arrays.fill(c, o * PANEL, (o + 1) * PANEL, bias[first + o]);
                }
                BlockProduct.add(
                        Block.rows(w, 0, in()),
                        Block.panel(panels[panel]),
                        Block.panel(c),
                        count,
                        in(),
                        PANEL);
                for (int i = 0; i < Math.min(PANEL, n - panel * PANEL); i++) {
                    int at = (panel * PANEL + i) * out() + first;
                    for (int o = 0; o < count; o++) {
                        y[at + o] = c[o * PANEL + i];
                    }
                    function.apply(y, at, at + count);
                }
            }
        };
    }

    /** Panels {@code [in, PANEL]} of tokens, zeros behind the last. */
    private float[][] transposed(float[] x, int n, int threads) {
        int in = in();
        float[][] panels = new float[(n + PANEL - 1) / PANEL][];
        ThreadTeam.run(
                threads,
                panels.length,
                () ->
                        panel -> {
                            float[] to = new float[in * PANEL];
                            for (int i = 0; i < Math.min(PANEL, n - panel * PANEL); i++) {
                                int at = (panel * PANEL + i) * in;
                                for (int c = 0; c < in; c++) {
                                    to[c * PANEL + i] = x[at + c];
                                }
                            }
                            panels[panel] = to;
                        });
        return panels;
    }
}

package heed.transformer.layer;

import static heed.simd.Lanes.STRIP;
import static heed.transformer.layer.InterleavedRows.ROWS;

import heed.simd.Block;
import heed.simd.BlockProduct;
import heed.simd.ElementFunction;
import heed.simd.Tasks;
import heed.simd.ThreadTeam;
import heed.simd.Transposer;
import heed.transformer.checkpoint.StoredTensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A weight as its file holds it, {@code [out, in]}, quantised or not. A task of a product is a
 * block of outputs.
 *
 * <p>Many tokens: x is transposed once, into strips of {@link heed.simd.Lanes#STRIP} tokens; then
 * {@code yᵀ = W xᵀ} in tiles, so that each weight is made a float once for all tokens, into a
 * buffer of the task. Few tokens: the products of each row with each token ({@link RowProducts});
 * reading the weights is all that counts.
 *
 * <p>It takes no memory but the file's, until there are few tokens for the first time: then a
 * quantised weight is copied once into the order that their products read it in, and the pages of
 * the file are given back.
 */
final class StoredMatrix implements Matrix {
    /** Most tokens for which products of rows that lie side by side are the faster way. */
    private static final int FEW = 16;

    /** The same of rows that are made floats first. */
    private static final int FEW_AS_STORED = 4;

    /** Outputs of a task where tokens are many. */
    private static final int OUTPUTS = 64;

    private static final int MOST_OUTPUTS = 1024;

    private final StoredTensor weight;
    private volatile @Nullable RowLayout layout;

    StoredMatrix(StoredTensor weight) {
        this.weight = weight;
    }

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
        if (areFew(n)) {
            ThreadTeam.run(threads, List.of(few(x, n, bias, function, y)));
        } else {
            float[][] strips = transposed(x, n, threads);
            ThreadTeam.run(threads, tasks(OUTPUTS), () -> many(strips, n, bias, function, y));
        }
    }

    /** Whether there are so few tokens that products of rows are the faster way. */
    boolean areFew(int n) {
        return n <= (InterleavedRows.suits(weight.type()) ? FEW : FEW_AS_STORED);
    }

    /** The tasks of {@link #multiply} where tokens are few. */
    Tasks few(float[] x, int n, float[] bias, ElementFunction function, float[] y) {
        RowProducts products = layout().products(x);
        int outputs = outputsOfFew(ThreadTeam.defaultThreads());
        return new Tasks(tasks(outputs), () -> few(products, n, outputs, bias, function, y));
    }

    private int tasks(int outputs) {
        return (out() + outputs - 1) / outputs;
    }

    /**
     * Outputs of a task where tokens are few: a thread's share, since a thread that reads on and on
     * has its memory fetched ahead; less where that is so much that threads may end far apart.
     */
    private int outputsOfFew(int threads) {
        int outputs = Math.min((out() + threads - 1) / threads, MOST_OUTPUTS);
        return (outputs + ROWS - 1) / ROWS * ROWS;
    }

    /** The weight in the order that products of rows read it in, made when it is first needed. */
    private RowLayout layout() {
        RowLayout made = layout;
        if (made == null) {
            synchronized (this) {
                made = layout;
                if (made == null) {
                    made = RowLayout.of(weight);
                    layout = made;
                }
            }
        }
        return made;
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
            float[][] strips, int n, float[] bias, ElementFunction function, float[] y) {
        float[] w = new float[OUTPUTS * in()];
        float[] c = new float[OUTPUTS * STRIP];
        float[] ones = ones(STRIP);
        Transposer transposer = new Transposer();
        return task -> {
            int first = task * OUTPUTS;
            int count = Math.min(OUTPUTS, out() - first);
            BlockDecoder.decode(weight, (long) first * in(), w, count * in());
            for (int strip = 0; strip < strips.length; strip++) {
                for (int o = 0; o < count; o++) {
                    Arrays.fill(c, o * STRIP, (o + 1) * STRIP, bias[first + o]);
                }
                Block product = Block.rows(c, 0, STRIP);
                BlockProduct.add(
                        Block.rows(w, 0, in()),
                        Block.rows(strips[strip], 0, STRIP),
                        product,
                        count,
                        in(),
                        STRIP);
                int token = strip * STRIP;
                int tokens = Math.min(STRIP, n - token);
                Block to = Block.rows(y, token * out() + first, out());
                transposer.transpose(product, count, tokens, ones, 0, to);
                for (int at = to.at(), i = 0; i < tokens; i++, at += out()) {
                    function.apply(y, at, at + count);
                }
            }
        };
    }

    /** Strips {@code [in, STRIP]} of tokens, zeros behind the last. */
    private float[][] transposed(float[] x, int n, int threads) {
        int in = in();
        float[] ones = ones(in);
        float[][] strips = new float[(n + STRIP - 1) / STRIP][];
        ThreadTeam.run(
                threads,
                strips.length,
                () -> {
                    Transposer transposer = new Transposer();
                    return strip -> {
                        float[] to = new float[in * STRIP];
                        int token = strip * STRIP;
                        transposer.transpose(
                                Block.rows(x, token * in, in),
                                Math.min(STRIP, n - token),
                                in,
                                ones,
                                0,
                                Block.rows(to, 0, STRIP));
                        strips[strip] = to;
                    };
                });
        return strips;
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }
}

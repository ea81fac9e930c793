package heed.app.bench;

import heed.attention.AttentionInput;
import heed.attention.Heads;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Attention as its definition reads: all scores of a head are made and kept, then their softmax,
 * then the product with the values. It is what {@code heed bench} compares the engine with. The
 * loops run over contiguous memory, so that the compiler makes vector instructions of them.
 */
final class NaiveAttention {
    private final AttentionInput input;
    private final boolean causal;
    private final Heads out;

    private NaiveAttention(AttentionInput input, boolean causal) {
        this.input = input;
        this.causal = causal;
        this.out = input.q().zerosLike(input.v().columns());
    }

    /** Bytes that it keeps beside inputs and output: the scores of one head for each thread. */
    static long bytes(int tokens, int threads) {
        return (long) tokens * tokens * Float.BYTES * threads;
    }

    /**
     * The output, {@code [H, n, d]}. The queries are as many as the keys, from the same position.
     *
     * @param threads that many heads at a time
     */
    static Heads forward(AttentionInput input, boolean causal, int threads) {
        NaiveAttention naive = new NaiveAttention(input, causal);
        int heads = input.q().heads();
        IntStream.range(0, Math.min(threads, heads))
                .parallel()
                .forEach(
                        thread -> {
                            int n = input.q().rows();
                            float[][] scores = new float[n][n];
                            for (int head = thread; head < heads; head += threads) {
                                naive.head(head, scores);
                            }
                        });
        return naive.out;
    }

    private void head(int head, float[][] scores) {
        int n = scores.length;
        int d = input.q().columns();
        float[][] kT = new float[d][n];
        float[][] v = new float[n][];
        int kvHead = head / (input.q().heads() / input.k().heads());
        for (int j = 0; j < n; j++) {
            float[] key = input.k().row(kvHead, j);
            for (int c = 0; c < d; c++) {
                kT[c][j] = key[c];
            }
            v[j] = input.v().row(kvHead, j);
        }
        for (int i = 0; i < n; i++) {
            float[] q = input.q().row(head, i);
            int seen = causal ? i + 1 : n;
            float[] row = scores[i];
            Arrays.fill(row, 0);
            for (int c = 0; c < d; c++) {
                addScaled(row, kT[c], q[c] * input.scale(), seen);
            }
            softmax(row, seen);
        }
        for (int i = 0; i < n; i++) {
            float[] sum = new float[out.columns()];
            for (int j = 0; j < (causal ? i + 1 : n); j++) {
                addScaled(sum, v[j], scores[i][j], sum.length);
            }
            System.arraycopy(sum, 0, out.data(), out.index(head, i), sum.length);
        }
    }

    /** {@code to += factor · x}, over the first elements. */
    private static void addScaled(float[] to, float[] x, float factor, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += factor * x[i];
        }
    }

    private static void softmax(float[] row, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < count; j++) {
            max = Math.max(max, row[j]);
        }
        float sum = 0;
        for (int j = 0; j < count; j++) {
            row[j] = (float) Math.exp(row[j] - max);
            sum += row[j];
        }
        for (int j = 0; j < count; j++) {
            row[j] /= sum;
        }
    }
}

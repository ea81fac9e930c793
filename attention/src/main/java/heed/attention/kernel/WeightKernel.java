package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.WIDTH;

import heed.simd.ThreadTeam;
import java.util.Arrays;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;

/** Scores and weights of a tile, made again from an input and its log-sum-exps {@code [H, n_q]}. */
public final class WeightKernel {
    /** Blocks of keys that one task sums up. */
    private static final int BLOCKS_PER_TASK = 16;

    private static final double LN_2 = Math.log(2);

    private final float[] lse;
    private final ScorePanel panel;

    public WeightKernel(KernelInput input, float[] lse) {
        this.lse = lse;
        this.panel = new ScorePanel(input);
    }

    /** {@code [queries][keys]} scores, natural logarithm. */
    public float[][] scores(int head, int firstQuery, int queries, int firstKey, int keys) {
        float[][] scores = new float[queries][keys];
        forEachPanel(
                head,
                firstQuery,
                queries,
                firstKey,
                keys,
                (query, count, key, countKeys, seen) -> {
                    for (int i = 0; i < count; i++) {
                        for (int j = 0; j < countKeys; j++) {
                            scores[query - firstQuery + i][key - firstKey + j] =
                                    seen
                                            ? (float) (panel.scores().data()[j * PANEL + i] * LN_2)
                                            : Float.NEGATIVE_INFINITY;
                        }
                    }
                });
        return scores;
    }

    /**
     * {@code [queries][keys]} weights, into rows that may hold anything.
     *
     * @param firstColumn where in a row the first key's weight goes
     */
    public void weights(
            int head,
            int firstQuery,
            int queries,
            int firstKey,
            int keys,
            float[][] weights,
            int firstColumn) {
        forEachPanel(
                head,
                firstQuery,
                queries,
                firstKey,
                keys,
                (query, count, key, countKeys, seen) -> {
                    if (seen) {
                        panel.weigh(lse, countKeys);
                    }
                    for (int i = 0; i < count; i++) {
                        float[] row = weights[query - firstQuery + i];
                        int at = firstColumn + key - firstKey;
                        if (seen) {
                            copyRow(panel.scores().data(), i, row, at, countKeys);
                        } else {
                            Arrays.fill(row, at, at + countKeys, 0);
                        }
                    }
                });
    }

    private static void copyRow(float[] panel, int query, float[] row, int at, int keys) {
        for (int j = 0; j < keys; j++) {
            row[at + j] = panel[j * PANEL + query];
        }
    }

    /**
     * The sum of each column of a head's weights; a task sums some columns over all queries, in
     * order.
     */
    public static double[] columnSums(KernelInput input, float[] lse, int head) {
        int keys = input.k().rows();
        int keysPerTask = BLOCKS_PER_TASK * ScorePanel.KEYS;
        double[] sums = new double[keys];
        ThreadTeam.run(
                ThreadTeam.defaultThreads(),
                (keys + keysPerTask - 1) / keysPerTask,
                () -> {
                    WeightKernel kernel = new WeightKernel(input, lse);
                    return (IntConsumer)
                            task -> {
                                int firstKey = task * keysPerTask;
                                int count = Math.min(keysPerTask, keys - firstKey);
                                kernel.addColumns(head, input.q().rows(), firstKey, count, sums);
                            };
                });
        return sums;
    }

    private void addColumns(int head, int queries, int firstKey, int keys, double[] sums) {
        forEachPanel(
                head,
                0,
                queries,
                firstKey,
                keys,
                (query, count, key, countKeys, seen) -> {
                    if (seen) {
                        panel.weigh(lse, countKeys);
                        for (int j = 0; j < countKeys; j++) {
                            for (int i = 0; i < count; i++) {
                                sums[key + j] += panel.scores().data()[j * PANEL + i];
                            }
                        }
                    }
                });
    }

    /**
     * The largest weight and the sum of groups of keys, into {@code [queries][groups]} that may
     * hold anything.
     *
     * @param group keys of a group: a divisor of {@link ScorePanel#KEYS}
     */
    public void groups(
            int head,
            int firstQuery,
            int queries,
            int firstKey,
            int keys,
            int group,
            float[][] largest,
            float[][] sums) {
        float[] most = new float[PANEL];
        float[] sum = new float[PANEL];
        forEachPanel(
                head,
                firstQuery,
                queries,
                firstKey,
                keys,
                (query, count, key, countKeys, seen) -> {
                    if (seen) {
                        panel.weigh(lse, countKeys);
                    }
                    for (int j = 0; j < countKeys; j += group) {
                        int inGroup = seen ? Math.min(group, countKeys - j) : 0;
                        reduce(panel.scores().data(), j, inGroup, most, sum);
                        int at = (key - firstKey + j) / group;
                        for (int i = 0; i < count; i++) {
                            largest[query - firstQuery + i][at] = most[i];
                            sums[query - firstQuery + i][at] = sum[i];
                        }
                    }
                });
    }

    /** Of each query the largest weight of some keys of a panel, and their sum. */
    private static void reduce(
            float[] panel, int firstKey, int keys, float[] largest, float[] sums) {
        for (int i = 0; i < PANEL; i += WIDTH) {
            FloatVector most = FloatVector.zero(FLOATS);
            FloatVector sum = most;
            for (int j = firstKey; j < firstKey + keys; j++) {
                FloatVector weight = FloatVector.fromArray(FLOATS, panel, j * PANEL + i);
                most = most.max(weight);
                sum = sum.add(weight);
            }
            most.intoArray(largest, i);
            sum.intoArray(sums, i);
        }
    }

    private interface PanelConsumer {
        void accept(int firstQuery, int queries, int firstKey, int keys, boolean seen);
    }

    private void forEachPanel(
            int head, int firstQuery, int queries, int firstKey, int keys, PanelConsumer consumer) {
        for (int q = 0; q < queries; q += ScorePanel.QUERIES) {
            int countQ = Math.min(ScorePanel.QUERIES, queries - q);
            panel.load(head, firstQuery + q, countQ);
            for (int k = 0; k < keys; k += ScorePanel.KEYS) {
                int countK = Math.min(ScorePanel.KEYS, keys - k);
                boolean seen = panel.compute(firstKey + k, countK);
                consumer.accept(firstQuery + q, countQ, firstKey + k, countK, seen);
            }
        }
    }
}

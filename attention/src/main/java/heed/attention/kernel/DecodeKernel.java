package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Exp2;
import heed.simd.Lanes;
import heed.simd.Tanh;
import heed.simd.ThreadTeam;
import java.util.Arrays;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The forward pass of few queries against many keys, as in decoding: all that counts is that keys
 * and values are read once, at the speed of the memory. A panel of queries would be almost empty,
 * so the lanes of a vector are features here. A task is one key/value head × one segment of its
 * keys:
 *
 * <ol>
 *   <li>for each block of keys that the mask does not leave out, for each query that reads this
 *       head:
 *       <ol>
 *         <li>s ← q · k for each key, a dot product; soft cap, bias, mask
 *         <li>p ← 2^(s − maximum), summed up; o rescaled if the maximum rose
 *         <li>o ← o + p v for each key whose weight is not 0
 *       </ol>
 *   <li>the segment's part: o, maximum and sum
 * </ol>
 *
 * <p>The parts of a query are put together in order. Segments depend on the shape alone, so the
 * bits do not depend on the threads.
 */
public final class DecodeKernel implements IntConsumer {
    /** Most queries of a key/value head, over all query heads of its group, that are worth it. */
    private static final int MAX_QUERIES = 8;

    /** Keys of a segment. */
    private static final int SEGMENT = 2048;

    /**
     * Keys of a block: so few that K, and later V, of a block stay in the cache for the next query
     * of the group, and so many that each is read on and on, which processors fetch ahead: blocks
     * of 128 take up to half as long again.
     */
    private static final int KEYS = 512;

    /** Keys that are skipped at a time at the ends of a block: a part of {@link #KEYS}. */
    private static final int SKIPPED_KEYS = 64;

    private final KernelInput input;
    private final Parts parts;
    private final float[] scores = new float[KEYS];

    private final float[] q;

    private DecodeKernel(KernelInput input, Parts parts) {
        this.input = input;
        this.parts = parts;
        this.q = new float[input.q().columns()];
    }

    /**
     * Whether there are so few queries that this kernel is the faster one. It knows no dropout,
     * which belongs to training.
     */
    static boolean suits(KernelInput input) {
        return input.dropout() == null
                && (long) input.group() * input.q().rows() <= MAX_QUERIES
                && input.q().rows() > 0;
    }

    /** See {@link ForwardKernel#run}. */
    static void run(KernelInput input, HeadView out, float[] lse, int threads) {
        int segments = Math.max(1, (input.k().rows() + SEGMENT - 1) / SEGMENT);
        Parts parts = new Parts(input, segments);
        ThreadTeam.run(threads, input.k().heads() * segments, () -> new DecodeKernel(input, parts));
        for (int head = 0; head < input.q().heads(); head++) {
            for (int query = 0; query < input.q().rows(); query++) {
                parts.putTogether(head, query, out, lse);
            }
        }
    }

    @Override
    public void accept(int task) {
        int kvHead = task / parts.segments;
        int segment = task % parts.segments;
        int end = Math.min(input.k().rows(), (segment + 1) * SEGMENT);
        for (int head = kvHead * input.group(); head < (kvHead + 1) * input.group(); head++) {
            for (int query = 0; query < input.q().rows(); query++) {
                parts.max[parts.index(head, query, segment)] = Float.NEGATIVE_INFINITY;
            }
        }
        for (int key = segment * SEGMENT; key < end; key += KEYS) {
            int keys = Math.min(KEYS, end - key);
            for (int head = kvHead * input.group(); head < (kvHead + 1) * input.group(); head++) {
                for (int query = 0; query < input.q().rows(); query++) {
                    attend(head, query, key, keys, parts.index(head, query, segment));
                }
            }
        }
    }

    /** A block, without the keys at either end of it that the query does not see. */
    private void attend(int head, int query, int firstKey, int count, int part) {
        Visibility.Tile tile = tile(head, query, firstKey, count);
        if (tile == Visibility.Tile.EMPTY) {
            return;
        }
        boolean masked = tile == Visibility.Tile.PARTIAL;
        int key = firstKey;
        int keys = count;
        while (masked && keys > SKIPPED_KEYS && isHidden(head, query, key)) {
            key += SKIPPED_KEYS;
            keys -= SKIPPED_KEYS;
        }
        while (masked && keys > SKIPPED_KEYS && isHidden(head, query, key + keys - SKIPPED_KEYS)) {
            keys -= SKIPPED_KEYS;
        }
        score(head, query, key, keys);
        finishScores(head, query, key, keys, masked);
        int end = (keys + WIDTH - 1) / WIDTH * WIDTH;
        Arrays.fill(scores, keys, end, Float.NEGATIVE_INFINITY);
        float old = parts.max[part];
        float max = Math.max(old, largestScore(end));
        // Without a score there is no maximum, but there may be one that is NaN.
        float reference = max == Float.NEGATIVE_INFINITY ? 0 : max;
        float sum = weigh(reference, end);
        if (sum == 0) {
            return;
        }
        if (reference != old) {
            parts.rescale(part, (float) Math.pow(2, old - (double) reference));
            parts.max[part] = reference;
        }
        parts.sum[part] += sum;
        int o = part * input.v().columns();
        int kvHead = input.keyHead(head);
        switch (input.v()) {
            case HeadView v -> FloatLoops.addValues(scores, v, kvHead, key, keys, parts.o, o);
            case BFloat16View v ->
                    BFloat16Loops.addValues(scores, v, kvHead, key, keys, parts.o, o);
        }
    }

    private boolean isHidden(int head, int query, int key) {
        return tile(head, query, key, SKIPPED_KEYS) == Visibility.Tile.EMPTY;
    }

    private Visibility.Tile tile(int head, int query, int key, int keys) {
        return input.mask().tile(head, input.firstQuery() + query, 1, input.firstKey() + key, keys);
    }

    /** {@code s_j = q · k_j}. */
    private void score(int head, int query, int key, int keys) {
        HeadView rows = input.q();
        int at = rows.index(head, query);
        for (int c = 0; c < q.length; c++) {
            q[c] = rows.data()[at + c] * input.queryFactor();
        }
        int kvHead = input.keyHead(head);
        switch (input.k()) {
            case HeadView k -> FloatLoops.dots(q, k, kvHead, key, keys, scores);
            case BFloat16View k -> BFloat16Loops.dots(q, k, kvHead, key, keys, scores);
        }
    }

    /** Soft cap, bias and mask, as {@link ScorePanel} has them. */
    private void finishScores(int head, int query, int key, int keys, boolean masked) {
        KernelInput.Bias bias = input.bias();
        if (!masked && bias == null && !input.hasSoftCap()) {
            return;
        }
        for (int j = 0; input.hasSoftCap() && j < keys; j += WIDTH) {
            Tanh.tanh(FloatVector.fromArray(FLOATS, scores, j))
                    .mul(input.softCap() * ScorePanel.LOG2E)
                    .intoArray(scores, j);
        }
        int queryPosition = input.firstQuery() + query;
        for (int j = 0; j < keys; j++) {
            int keyPosition = input.firstKey() + key + j;
            if (masked && input.mask().queries(head, queryPosition, 1, keyPosition) == 0) {
                scores[j] = Float.NEGATIVE_INFINITY;
                continue;
            }
            if (bias != null) {
                float added = bias.at(head, queryPosition, keyPosition);
                scores[j] =
                        added == Float.NEGATIVE_INFINITY
                                ? added
                                : scores[j] + ScorePanel.inUnitsOfLn2(added);
            }
        }
    }

    /** The largest score of a block, of those that are not NaN. */
    private float largestScore(int end) {
        FloatVector max = FloatVector.fromArray(FLOATS, scores, 0);
        for (int j = WIDTH; j < end; j += WIDTH) {
            FloatVector next = FloatVector.fromArray(FLOATS, scores, j);
            max = max.blend(next, next.compare(VectorOperators.GT, max));
        }
        return max.reduceLanes(VectorOperators.MAX);
    }

    /** {@code s = 2^(s − reference)}; returns their sum. */
    private float weigh(float reference, int end) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int j = 0; j < end; j += WIDTH) {
            FloatVector weight = Exp2.exp2(FloatVector.fromArray(FLOATS, scores, j).sub(reference));
            weight.intoArray(scores, j);
            sum = sum.add(weight);
        }
        return Lanes.sum(sum);
    }

    /** What each segment of the keys gives to each query, at {@link #index}. */
    private static final class Parts {
        private final KernelInput input;
        private final int segments;
        private final float[] o;
        private final float[] max;
        private final float[] sum;

        Parts(KernelInput input, int segments) {
            this.input = input;
            this.segments = segments;
            int count = input.q().heads() * input.q().rows() * segments;
            this.o = new float[Math.multiplyExact(count, input.v().columns())];
            this.max = new float[count];
            this.sum = new float[count];
        }

        int index(int head, int query, int segment) {
            return (head * input.q().rows() + query) * segments + segment;
        }

        void rescale(int part, float factor) {
            sum[part] *= factor;
            int columns = input.v().columns();
            for (int c = part * columns; c < (part + 1) * columns; c++) {
                o[c] *= factor;
            }
        }

        /** Puts the parts of a query together, with its sink, and writes output and log-sum-exp. */
        void putTogether(int head, int query, HeadView out, float[] lse) {
            float[] sinks = input.sinks();
            double sink =
                    sinks == null
                            ? Double.NEGATIVE_INFINITY
                            : sinks[head] * (double) ScorePanel.LOG2E;
            double whole = sink;
            int first = index(head, query, 0);
            for (int part = first; part < first + segments; part++) {
                whole = Math.max(whole, max[part]);
            }
            int columns = out.columns();
            double[] sums = new double[columns];
            double total = 0;
            if (whole != Double.NEGATIVE_INFINITY) {
                total = Math.pow(2, sink - whole);
                for (int part = first; part < first + segments; part++) {
                    double factor = Math.pow(2, max[part] - whole);
                    total += sum[part] * factor;
                    for (int c = 0; c < columns && factor != 0; c++) {
                        sums[c] += o[part * columns + c] * factor;
                    }
                }
            }
            int row = out.index(head, query);
            for (int c = 0; c < columns; c++) {
                out.data()[row + c] = total == 0 ? 0 : (float) (sums[c] / total);
            }
            lse[head * out.rows() + query] = (float) (whole * Math.log(2) + Math.log(total));
        }
    }
}

package heed.microscope.map;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionOutput;
import heed.attention.AttentionWeights;
import heed.attention.AttentionWeights.KeyRange;
import heed.attention.Heads;
import heed.attention.KeyValueHeads;
import java.util.Arrays;

/**
 * The weights of one head, whose log-sum-exps are known, or made when somebody looks at the rows
 * that they belong to.
 */
final class MapScores {
    /** Queries whose log-sum-exps are made together. */
    private static final int BLOCK = 512;

    private final AttentionWeights weights;
    private final int head;
    private final boolean[] known;
    private final Object[] locks;

    private MapScores(AttentionWeights weights, int head, boolean known) {
        this.weights = weights;
        this.head = head;
        this.known = new boolean[Math.ceilDiv(queries(), BLOCK)];
        Arrays.fill(this.known, known);
        this.locks = new Object[this.known.length];
        Arrays.setAll(locks, block -> new Object());
    }

    /** A head of weights that somebody has. */
    static MapScores of(AttentionWeights weights, int head) {
        return new MapScores(weights, head, true);
    }

    /** One head of queries {@code [1, n_q, d]} and keys {@code [1, n_k, d]}, with no values. */
    static MapScores of(Heads q, KeyValueHeads k, AttentionMask mask) {
        Heads nothing = Heads.zeros(1, k.rows(), 1);
        AttentionInput input = AttentionInput.of(q, k, nothing).withMask(mask);
        return new MapScores(new AttentionWeights(input, new float[q.rows()]), 0, false);
    }

    int head() {
        return head;
    }

    int queries() {
        return weights.input().q().rows();
    }

    int keys() {
        return weights.input().k().rows();
    }

    /** The weights, of which those of these queries may be asked for. */
    AttentionWeights of(int firstQuery, int queries) {
        for (int block = firstQuery / BLOCK; block * BLOCK < firstQuery + queries; block++) {
            synchronized (locks[block]) {
                if (!known[block]) {
                    int first = block * BLOCK;
                    int count = Math.min(BLOCK, queries() - first);
                    AttentionInput rows = rows(first, 1, count);
                    AttentionOutput output = Attention.forward(rows, 1);
                    System.arraycopy(output.lse(), 0, weights.lse(), first, count);
                    known[block] = true;
                }
            }
        }
        return weights;
    }

    /** Whether the log-sum-exps of a query's block are known. */
    boolean isKnown(int query) {
        synchronized (locks[query / BLOCK]) {
            return known[query / BLOCK];
        }
    }

    /**
     * Takes the log-sum-exps of queries, whole blocks of them, where they are not known.
     *
     * @param firstQuery the first of a block
     */
    void learn(int firstQuery, float[] lse) {
        for (int at = 0; at < lse.length; at += BLOCK) {
            int block = (firstQuery + at) / BLOCK;
            synchronized (locks[block]) {
                if (!known[block]) {
                    int count = Math.min(BLOCK, lse.length - at);
                    System.arraycopy(lse, at, weights.lse(), firstQuery + at, count);
                    known[block] = true;
                }
            }
        }
    }

    /** {@code exp(S − reference)} of some queries, instead of their weights. */
    AttentionWeights relative(int firstQuery, float... references) {
        return new AttentionWeights(rows(firstQuery, 1, references.length), references);
    }

    /** The weights of every {@code step}-th query from one on. */
    AttentionWeights sample(int firstQuery, int step, int count) {
        if (known[0]) {
            int heads = weights.input().q().heads();
            float[] lse = new float[heads * count];
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < count; i++) {
                    lse[h * count + i] = weights.lse()[h * queries() + firstQuery + i * step];
                }
            }
            return new AttentionWeights(rows(firstQuery, step, count), lse);
        }
        AttentionInput rows = rows(firstQuery, step, count);
        return new AttentionWeights(rows, Attention.forward(rows, 1));
    }

    private AttentionInput rows(int first, int step, int count) {
        AttentionInput input = weights.input();
        Heads q = input.q();
        Heads rows =
                new Heads(
                        q.data(),
                        q.index(0, first),
                        q.heads(),
                        count,
                        q.columns(),
                        q.headStride(),
                        q.rowStride() * step);
        int[] positions = new int[count];
        Arrays.setAll(positions, i -> input.firstQuery() + first + i * step);
        return input.withQueries(rows, positions);
    }

    /** Whether the mask hides all keys of a range from all queries of one. */
    private boolean hides(int firstQuery, int queries, int firstKey, int keys) {
        AttentionInput input = weights.input();
        int query = input.firstQuery() + firstQuery;
        int key = input.firstKey() + firstKey;
        if (queries == 1 && keys == 1) {
            return !input.mask().allows(head, query, key);
        }
        return input.mask().tile(head, query, queries, key, keys) == AttentionMask.Tile.EMPTY;
    }

    /** Whether the mask hides all of a cell of {@code 2ˡᵉᵛᵉˡ × 2ˡᵉᵛᵉˡ} weights. */
    boolean hidesCell(int level, int row, int column) {
        int side = 1 << level;
        int query = row * side;
        int key = column * side;
        return hides(query, Math.min(side, queries() - query), key, Math.min(side, keys() - key));
    }

    /** Keys from the first that a query sees to the last, of a range beyond which it sees none. */
    int seen(int query, KeyRange reach) {
        int from = reach.from();
        int end = reach.end();
        while (from < end && hides(query, 1, from, 1)) {
            from++;
        }
        while (end > from && hides(query, 1, end - 1, 1)) {
            end--;
        }
        return end - from;
    }
}

package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Block;
import heed.simd.Lanes;
import heed.simd.Panel;
import heed.simd.ThreadTeam;
import heed.simd.Transposer;
import java.util.Arrays;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The backward pass (Dao 2023, §3.1.2). A task is one key/value head × one slice of its keys: a
 * segment, or two. It makes dK and dV of these keys, and the slice's part of dQ:
 *
 * <ol>
 *   <li>for each query head of the group and each block of queries that sees the slice: Qᵀ, dOᵀ ←
 *       queries, gradients; Δ ← Σ dO ∘ O for each query
 *       <ol>
 *         <li>for each block of keys that the mask does not leave out:
 *         <li>Pᵀ ← 2^(Sᵀ − LSE) ({@link ScorePanel}); forward: {@code P = softmax(S)}
 *         <li>dPᵀ ← V dOᵀ, dropped and scaled as Pᵀ was; dSᵀ ← Pᵀ ∘ (dPᵀ − Δ), times the slope of
 *             the soft cap
 *         <li>dV ← dV + P′ᵀ dO; forward: {@code O = P′ V}, where P′ is P after dropout
 *         <li>dK ← dK + dSᵀ Q, dQᵀ ← dQᵀ + Kᵀ dSᵀ; forward: {@code S = scale · Q Kᵀ}
 *       </ol>
 *   <li>dQ, dK ← times scale
 * </ol>
 *
 * <p>The number of segments depends on the shape alone, and their parts of dQ are added up in the
 * same order whether a task makes one or two, so the bits do not depend on the threads. Memory
 * grows with the tokens, not with their square.
 */
public final class BackwardKernel implements IntConsumer {
    /** Tasks to aim for: enough for many threads where there are few heads. */
    private static final int TASKS = 16;

    /** Fewest keys in a pair of segments. */
    private static final int PAIR_KEYS = 1024;

    private final BackwardProblem problem;
    private final KernelInput input;
    private final ScorePanel panel;
    private final FloatRows k;
    private final FloatRows v;
    private final @Nullable DropoutPanel dropout;
    private final StripRows qRows;
    private final StripRows dOutRows;
    private final Panel dOut;
    private final float[] dScores = new float[ScorePanel.KEYS * PANEL];
    private Panel dQ;
    private Panel earlierDQ;
    private final float[] delta = new float[PANEL];
    private final Transposer transposer = new Transposer();
    private final float[] ones;

    private BackwardKernel(BackwardProblem problem) {
        this.problem = problem;
        this.input = problem.input();
        this.panel = new ScorePanel(input);
        this.k = panel.k();
        this.v = new FloatRows(input.v(), ScorePanel.KEYS);
        this.dropout = DropoutPanel.of(input);
        this.qRows = new StripRows(ScorePanel.QUERIES, input.q().columns());
        this.dOutRows = new StripRows(ScorePanel.QUERIES, input.v().columns());
        this.dOut = Panel.strips(new float[input.v().columns() * PANEL], input.v().columns());
        int columns = input.q().columns();
        this.dQ = Panel.strips(new float[columns * PANEL], columns);
        boolean addsUp = problem.segmentsInSlice() > 1;
        this.earlierDQ = Panel.strips(new float[addsUp ? columns * PANEL : 0], columns);
        this.ones = new float[Math.max(PANEL, input.v().columns())];
        Arrays.fill(ones, 1);
    }

    /** Segments that the keys of a head are cut into: one, or pairs. */
    public static int segments(int kvHeads, int keys) {
        return keys < PAIR_KEYS ? 1 : 2 * pairs(kvHeads, keys);
    }

    /**
     * Slices of the keys, each with a dQ of its own: pairs of segments, or segments if there are
     * not enough pairs for each thread to have two.
     */
    public static int slices(int kvHeads, int keys, int threads) {
        int pairs = pairs(kvHeads, keys);
        return kvHeads * pairs < 2 * threads ? segments(kvHeads, keys) : pairs;
    }

    private static int pairs(int kvHeads, int keys) {
        return Math.clamp(Math.ceilDiv(TASKS, kvHeads), 1, Math.max(1, keys / PAIR_KEYS));
    }

    /** Adds to the zeros that the problem's gradients are, on up to the given number of threads. */
    public static void run(BackwardProblem problem, int threads) {
        int kvHeads = problem.input().k().heads();
        int slices = problem.dq().size();
        ThreadTeam.run(threads, kvHeads * slices, () -> new BackwardKernel(problem));
        ThreadTeam.run(threads, problem.input().q().heads(), () -> problem::addUpSlices);
    }

    @Override
    public void accept(int task) {
        int kvHeads = input.k().heads();
        int kvHead = task % kvHeads;
        int slice = task / kvHeads;
        int segment = slice * problem.segmentsInSlice();
        int end = segment + problem.segmentsInSlice();
        int from = problem.firstKey(segment);
        int to = problem.firstKey(end);
        int group = input.group();
        for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
            for (int query = 0; query < input.q().rows(); query += ScorePanel.QUERIES) {
                int queries = Math.min(ScorePanel.QUERIES, input.q().rows() - query);
                if (input.sees(head, query, queries, from, to - from)) {
                    load(head, query, queries);
                    for (int s = segment; s < end; s++) {
                        addSegment(head, query, queries, s, s > segment);
                    }
                    problem.dq()
                            .get(slice)
                            .storeTransposed(head, query, queries, dQ, ones, transposer);
                }
            }
        }
        problem.dk().scale(kvHead, from, to - from, input.scale());
    }

    /** The tiles of a segment; dQ becomes its part, or that added to what dQ was. */
    private void addSegment(int head, int query, int queries, int segment, boolean adds) {
        if (adds) {
            Panel earlier = dQ;
            dQ = earlierDQ;
            earlierDQ = earlier;
        }
        Arrays.fill(dQ.data(), 0);
        int to = problem.firstKey(segment + 1);
        for (int key = problem.firstKey(segment); key < to; key += ScorePanel.KEYS) {
            tile(head, query, queries, key, Math.min(ScorePanel.KEYS, to - key));
        }
        if (adds) {
            dQ.add(earlierDQ);
        }
    }

    private void load(int head, int query, int queries) {
        panel.load(head, query, queries);
        problem.dOut().loadTransposed(head, query, queries, ones, dOut, transposer);
        qRows.load(input.q(), head, query, queries);
        dOutRows.load(problem.dOut(), head, query, queries);
        HeadView out = problem.out();
        HeadView gradient = problem.dOut();
        Arrays.fill(delta, 0);
        for (int i = 0; i < queries; i++) {
            delta[i] =
                    Lanes.dot(
                            out.data(),
                            out.index(head, query + i),
                            gradient.data(),
                            gradient.index(head, query + i),
                            out.columns());
        }
    }

    private void tile(int head, int query, int queries, int key, int keys) {
        if (!panel.compute(key, keys)) {
            return;
        }
        int kvHead = input.keyHead(head);
        float[] weights = panel.scores().data();
        panel.weigh(problem.lse(), keys);
        Panel dWeights = Panel.rowMajor(dScores, keys);
        dWeights.set(v.at(kvHead, key, keys), dOut);
        if (dropout != null) {
            dropout.draw(head, query, key, keys);
            dropout.apply(dWeights, 0, PANEL);
        }
        differentiateSoftmax(weights, keys);
        problem.keepBiasGradient(head, query, queries, key, keys, dScores);
        if (input.hasSoftCap()) {
            multiplyBySlopes(dScores, panel.slopes(), keys * PANEL);
        }
        if (dropout != null) {
            dropout.apply(panel.scores(), 0, PANEL);
        }
        if (panel.hides() && !allFinite(head, query, queries, key, keys)) {
            addSeen(head, query, queries, key, keys, weights);
            return;
        }
        dOutRows.addProduct(Block.panel(weights), problem.dv().block(kvHead, key), keys);
        qRows.addProduct(Block.panel(dScores), problem.dk().block(kvHead, key), keys);
        dQ.add(k.at(kvHead, key, keys).transpose(), dWeights);
    }

    /**
     * {@code dS = P ∘ (dP − Δ)} in the place of dP; 0 where a weight is 0, whatever dP is there.
     */
    private void differentiateSoftmax(float[] weights, int keys) {
        for (int i = 0; i < PANEL; i += WIDTH) {
            FloatVector subtrahend = FloatVector.fromArray(FLOATS, delta, i);
            for (int j = 0, at = i; j < keys; j++, at += PANEL) {
                FloatVector weight = FloatVector.fromArray(FLOATS, weights, at);
                FloatVector dS =
                        FloatVector.fromArray(FLOATS, dScores, at).sub(subtrahend).mul(weight);
                dS.blend(0, weight.compare(VectorOperators.EQ, 0)).intoArray(dScores, at);
            }
        }
    }

    /** {@code dS ∘ slope}; 0 stays 0, also where a key that is hidden has a slope that is NaN. */
    private static void multiplyBySlopes(float[] dScores, float[] slopes, int length) {
        for (int i = 0; i < length; i += WIDTH) {
            FloatVector dS = FloatVector.fromArray(FLOATS, dScores, i);
            dS.mul(FloatVector.fromArray(FLOATS, slopes, i))
                    .blend(0, dS.compare(VectorOperators.EQ, 0))
                    .intoArray(dScores, i);
        }
    }

    private boolean allFinite(int head, int query, int queries, int key, int keys) {
        return input.q().isFinite(head, query, queries)
                && problem.dOut().isFinite(head, query, queries)
                && input.k().isFinite(input.keyHead(head), key, keys);
    }

    /**
     * The three products of a tile pair by pair, without those that are hidden: 0 · NaN is not 0.
     */
    private void addSeen(int head, int query, int queries, int key, int keys, float[] weights) {
        int kvHead = input.keyHead(head);
        int d = input.k().columns();
        Block block = k.at(kvHead, key, keys);
        for (int j = 0; j < keys; j++) {
            int row = block.at() + j * block.stride();
            int dk = problem.dk().index(kvHead, key + j);
            int dv = problem.dv().index(kvHead, key + j);
            for (int i = 0; i < queries; i++) {
                float weight = weights[j * PANEL + i];
                float dS = dScores[j * PANEL + i];
                if (weight == 0 && dS == 0) {
                    continue;
                }
                int q = input.q().index(head, query + i);
                int dO = problem.dOut().index(head, query + i);
                for (int c = 0; c < input.v().columns(); c++) {
                    problem.dv().data()[dv + c] += weight * problem.dOut().data()[dO + c];
                }
                for (int c = 0; c < d; c++) {
                    problem.dk().data()[dk + c] += dS * input.q().data()[q + c];
                    dQ.data()[dQ.index(c, i)] += dS * block.data()[row + c];
                }
            }
        }
    }
}

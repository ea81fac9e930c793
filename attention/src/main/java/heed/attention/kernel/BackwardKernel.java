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
 * The backward pass (Dao 2023, §3.1.2). A task is one key/value head × one segment of its keys. It
 * makes dK and dV of these keys, and the segment's part of dQ:
 *
 * <ol>
 *   <li>for each query head of the group and each block of queries that sees the segment: Qᵀ, dOᵀ ←
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
 * <p>The number of segments depends on the shape alone, and the parts of dQ are added up in order,
 * so the bits do not depend on the threads. Memory grows with the tokens, not with their square.
 */
public final class BackwardKernel implements IntConsumer {
    /** Tasks to aim for: enough for many threads where there are few heads. */
    private static final int TASKS = 16;

    /** Fewest keys in a segment. */
    private static final int SEGMENT_KEYS = 1024;

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
    private final Panel dQ;
    private final float[] delta = new float[PANEL];
    private final Transposer transposer = new Transposer();
    private final float[] ones;
    private final float[] scales = new float[PANEL];

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
        this.dQ = Panel.strips(new float[input.q().columns() * PANEL], input.q().columns());
        this.ones = new float[input.v().columns()];
        Arrays.fill(ones, 1);
        Arrays.fill(scales, input.scale());
    }

    /** Segments that the keys of a head are cut into. */
    public static int segments(int kvHeads, int keys) {
        int wanted = (TASKS + kvHeads - 1) / kvHeads;
        return Math.clamp(wanted, 1, Math.max(1, keys / SEGMENT_KEYS));
    }

    /** Adds to the zeros that the problem's gradients are, on up to the given number of threads. */
    public static void run(BackwardProblem problem, int threads) {
        int kvHeads = problem.input().k().heads();
        int segments = problem.dq().size();
        ThreadTeam.run(threads, kvHeads * segments, () -> new BackwardKernel(problem));
        HeadView dq = problem.dq().getFirst();
        ThreadTeam.run(threads, dq.heads(), () -> head -> problem.addUpSegments(head));
    }

    @Override
    public void accept(int task) {
        int kvHeads = input.k().heads();
        int kvHead = task % kvHeads;
        int segment = task / kvHeads;
        int segments = problem.dq().size();
        int keys = input.k().rows();
        int from = (int) ((long) keys * segment / segments);
        int to = (int) ((long) keys * (segment + 1) / segments);
        int group = input.group();
        for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
            for (int query = 0; query < input.q().rows(); query += ScorePanel.QUERIES) {
                int queries = Math.min(ScorePanel.QUERIES, input.q().rows() - query);
                if (input.sees(head, query, queries, from, to - from)) {
                    load(head, query, queries);
                    for (int key = from; key < to; key += ScorePanel.KEYS) {
                        tile(head, query, queries, key, Math.min(ScorePanel.KEYS, to - key));
                    }
                    problem.dq()
                            .get(segment)
                            .storeTransposed(head, query, queries, dQ, scales, transposer);
                }
            }
        }
        problem.dk().scale(kvHead, from, to - from, input.scale());
    }

    private void load(int head, int query, int queries) {
        panel.load(head, query, queries);
        problem.dOut().loadTransposed(head, query, queries, ones, dOut, transposer);
        qRows.load(input.q(), head, query, queries);
        dOutRows.load(problem.dOut(), head, query, queries);
        Arrays.fill(dQ.data(), 0);
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

package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.STRIP;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Block;
import heed.simd.Panel;
import heed.simd.ThreadTeam;
import heed.simd.Transposer;
import java.util.Arrays;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass, but for few queries ({@link DecodeKernel}). Each task makes the output of one
 * head × one block of queries:
 *
 * <ol>
 *   <li>Qᵀ ← queries
 *   <li>for each block of keys that the mask does not leave out:
 *       <ol>
 *         <li>Sᵀ ← scores ({@link ScorePanel}); what follows is done strip after strip ({@link
 *             Panel}), as long as no reference rises
 *         <li>Pᵀ ← 2^(Sᵀ − reference), summed up; Oᵀ rescaled where a reference rose ({@link
 *             OnlineSoftmax}); dropout of what was summed, if there is any ({@link DropoutPanel})
 *         <li>Oᵀ ← Oᵀ + Vᵀ Pᵀ; after some blocks total ← total + O, and O begins anew
 *       </ol>
 *   <li>output ← (total + O) / sum, LSE ← reference + ln sum
 * </ol>
 *
 * <p>The error of a float32 sum grows with the root of the number of its terms: sums of {@link
 * #SUM_KEYS} terms, and a sum of these, lose no more over a million keys than over a thousand.
 *
 * <p>A task adds up in the same order whoever runs it, so the bits do not depend on the threads. It
 * holds panels of {@code d + 2 d_v + KEYS} rows: memory does not grow with the number of keys.
 */
public final class ForwardKernel implements IntConsumer {
    /** Keys in a block: many, so that tiles have long sums. */
    static final int KEYS = 128;

    /** Keys after which O is added to the total. */
    private static final int SUM_KEYS = 512;

    /** Keys that are left out together. */
    private static final int SKIPPED_KEYS = 16;

    private final KernelInput input;
    private final HeadView out;
    private final float[] lse;
    private final int blocks;
    private final ScorePanel panel;
    private final FloatRows v;
    private final OnlineSoftmax softmax = new OnlineSoftmax();
    private final @Nullable DropoutPanel dropout;
    private Panel o;
    private Panel total;
    private final float[] factors = new float[PANEL];
    private final Transposer transposer = new Transposer();
    private boolean hasTotal;

    /** Keys that O is the sum of: with none, it holds anything. */
    private int summed;

    private ForwardKernel(KernelInput input, HeadView out, float[] lse) {
        this.input = input;
        this.out = out;
        this.lse = lse;
        this.blocks = blocks(input);
        this.panel = new ScorePanel(input, KEYS, STRIP);
        this.v = new FloatRows(input.v(), KEYS);
        this.dropout = DropoutPanel.of(input);
        int columns = input.v().columns();
        this.o = Panel.strips(new float[columns * PANEL], columns);
        boolean sumsUp = input.k().rows() > SUM_KEYS;
        this.total = Panel.strips(new float[sumsUp ? columns * PANEL : 0], columns);
    }

    /**
     * Attention of the input, on up to the given number of threads.
     *
     * @param out {@code [H, n_q, d_v]}; overwritten
     * @param lse {@code [H, n_q]}; overwritten
     */
    public static void run(KernelInput input, HeadView out, float[] lse, int threads) {
        if (DecodeKernel.suits(input)) {
            DecodeKernel.run(input, out, lse, threads);
            return;
        }
        ThreadTeam.run(
                threads,
                input.q().heads() * blocks(input),
                () -> new ForwardKernel(input, out, lse));
    }

    private static int blocks(KernelInput input) {
        return (input.q().rows() + ScorePanel.QUERIES - 1) / ScorePanel.QUERIES;
    }

    /**
     * Head after head, whose keys then stay in the cache; late queries first, which see most under
     * a causal mask.
     */
    @Override
    public void accept(int task) {
        int head = task / blocks;
        int firstQuery = (blocks - 1 - task % blocks) * ScorePanel.QUERIES;
        int queries = Math.min(ScorePanel.QUERIES, input.q().rows() - firstQuery);
        panel.load(head, firstQuery, queries);
        softmax.reset(queries);
        hasTotal = false;
        summed = 0;
        attendToAll(head, firstQuery);
        if (summed == 0 && !hasTotal) {
            Arrays.fill(o.data(), 0);
        }
        float[] sinks = input.sinks();
        if (sinks != null && sinks[head] != Float.NEGATIVE_INFINITY) {
            softmax.addSink(sinks[head] * ScorePanel.LOG2E);
            rescale();
        }
        if (hasTotal) {
            addToTotal();
        }
        write(head, firstQuery, queries);
    }

    /** Blocks of keys, without those at either end of a block that no query sees. */
    private void attendToAll(int head, int firstQuery) {
        int end = input.k().rows();
        int key = 0;
        while (key < end) {
            int keys = Math.min(KEYS, end - key);
            switch (panel.tile(key, keys)) {
                case EMPTY -> {}
                case FULL -> attend(head, firstQuery, key, keys, Visibility.Tile.FULL);
                case PARTIAL -> {
                    while (keys > SKIPPED_KEYS && isHidden(key)) {
                        key += SKIPPED_KEYS;
                        keys = Math.min(KEYS, end - key);
                    }
                    int seen = keys;
                    while (seen > SKIPPED_KEYS && isHidden(key + seen - SKIPPED_KEYS)) {
                        seen -= SKIPPED_KEYS;
                    }
                    attend(head, firstQuery, key, seen, panel.tile(key, seen));
                }
            }
            key += keys;
        }
    }

    private boolean isHidden(int key) {
        return panel.tile(key, SKIPPED_KEYS) == Visibility.Tile.EMPTY;
    }

    private void attend(int head, int firstQuery, int firstKey, int keys, Visibility.Tile tile) {
        if (tile == Visibility.Tile.EMPTY) {
            return;
        }
        panel.compute(firstKey, keys, tile);
        if (summed >= SUM_KEYS) {
            addToTotal();
        }
        if (dropout != null) {
            dropout.draw(head, firstQuery, firstKey, keys);
        }
        Block values = v.at(input.keyHead(head), firstKey, keys);
        boolean unseen = panel.hides() && !input.v().isFinite(input.keyHead(head), firstKey, keys);
        int column = 0;
        if (softmax.isSettled()) {
            while (column < PANEL && softmax.weigh(panel.scores(), column)) {
                addValues(values, unseen, column, column + STRIP);
                column += STRIP;
            }
            if (column < PANEL) {
                panel.compute(firstKey, keys, tile);
            }
        }
        if (column < PANEL) {
            softmax.weighRaising(panel.scores(), column);
            rescale();
            addValues(values, unseen, column, PANEL);
        }
        summed += keys;
    }

    /**
     * {@code Oᵀ += Vᵀ Pᵀ} in some columns, after dropout.
     *
     * @param unseen whether a value that a query does not see may be NaN or infinite
     */
    private void addValues(Block v, boolean unseen, int column, int end) {
        Panel weights = panel.scores();
        if (dropout != null) {
            dropout.apply(weights, column, end);
        }
        if (unseen) {
            addSeenValues(v, weights, column, end);
        } else if (summed == 0) {
            o.set(v.transpose(), weights, column, end);
        } else {
            o.add(v.transpose(), weights, column, end);
        }
    }

    private void rescale() {
        softmax.rescale(o);
        if (hasTotal) {
            softmax.rescale(total);
        }
    }

    /** {@code total += O}, or {@code total = O} if there is none; O begins anew. */
    private void addToTotal() {
        if (hasTotal) {
            total.add(o);
        } else {
            Panel first = o;
            o = total;
            total = first;
            hasTotal = true;
        }
        summed = 0;
    }

    /**
     * {@code Oᵀ += Vᵀ Pᵀ} where a value that a query does not see may be NaN or infinite: 0 · NaN
     * is not 0.
     */
    private void addSeenValues(Block v, Panel weights, int column, int end) {
        if (summed == 0) {
            Arrays.fill(o.data(), o.index(column), o.index(end), 0);
        }
        for (int c = 0; c < input.v().columns(); c++) {
            for (int i = column; i < end; i += WIDTH) {
                int at = o.index(c, i);
                FloatVector total = FloatVector.fromArray(FLOATS, o.data(), at);
                for (int j = 0; j < weights.rows(); j++) {
                    FloatVector weight =
                            FloatVector.fromArray(FLOATS, weights.data(), weights.index(j, i));
                    VectorMask<Float> seen = weight.compare(VectorOperators.NE, 0);
                    FloatVector value =
                            FloatVector.broadcast(FLOATS, v.data()[v.at() + j * v.stride() + c]);
                    total = total.blend(value.fma(weight, total), seen);
                }
                total.intoArray(o.data(), at);
            }
        }
    }

    private void write(int head, int firstQuery, int queries) {
        for (int i = 0; i < queries; i++) {
            float sum = softmax.sum(i);
            factors[i] = sum == 0 ? 0 : 1 / sum;
            lse[head * out.rows() + firstQuery + i] = softmax.lse(i);
        }
        Panel sums = hasTotal ? total : o;
        out.storeTransposed(head, firstQuery, queries, sums, factors, transposer);
    }
}

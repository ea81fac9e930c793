package heed.attention.kernel;

import static heed.simd.Lanes.FLOATS;
import static heed.simd.Lanes.PANEL;
import static heed.simd.Lanes.WIDTH;

import heed.simd.Exp2;
import heed.simd.Panel;
import heed.simd.Tanh;
import heed.simd.Transposer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Scores of a block of queries against a block of keys, in the order scale, soft cap, bias, mask.
 * {@link ForwardKernel}, {@link BackwardKernel} and {@link WeightKernel} all read them here; only
 * {@link DecodeKernel}, whose lanes are features, makes its own in the same order.
 *
 * <p>Scores are kept in units of ln 2: {@code 2^score2 = e^score}, so that the softmax needs only
 * powers of 2.
 *
 * <p>Passes of {@link #compute}: 1. ask the mask what the tile holds, return if nothing; 2. {@code
 * Sᵀ = K Qᵀ}; 3. soft cap; 4. bias; 5. −∞ where the mask hides a pair. A tile without cap, bias and
 * mask is done after the second.
 */
public final class ScorePanel {
    /** Keys in a block, unless said otherwise. */
    public static final int KEYS = 64;

    /** Queries in a block. */
    public static final int QUERIES = PANEL;

    private static final double LOG2_E = 1 / Math.log(2);

    /** {@code e^x = 2^(x · LOG2E)}, in single precision. */
    static final float LOG2E = (float) LOG2_E;

    private static final float HIDDEN = Float.NEGATIVE_INFINITY;

    /** The largest bias in units of ln 2: with a score it is still a number. */
    private static final float LARGEST_BIAS = Float.MAX_VALUE / 2;

    /** Beyond this a log-sum-exp in single precision has lost what a weight needs of it. */
    private static final float COARSE_LSE = 1e5f;

    private final KernelInput input;
    private final FloatRows k;
    private final Transposer transposer = new Transposer();
    private final float[] queryFactors;
    private final Panel q;
    private final int stride;
    private final float[] scores;
    private final float[] slopes;
    private final float[] reference = new float[PANEL];
    private final float[] unusedSum = new float[PANEL];

    private final CoarseRows coarse = new CoarseRows();

    private int head;
    private int firstQuery;
    private int queries;
    private int firstKey;
    private boolean hides;
    private Panel panel;

    /** Row-major scores, of at most {@link #KEYS} keys at a time. */
    public ScorePanel(KernelInput input) {
        this(input, KEYS, PANEL);
    }

    /**
     * @param most keys of a block at most
     * @param stride of the panel of scores
     */
    ScorePanel(KernelInput input, int most, int stride) {
        this.input = input;
        this.k = new FloatRows(input.k(), most);
        this.queryFactors = new float[input.q().columns()];
        Arrays.fill(queryFactors, input.queryFactor());
        this.q = Panel.strips(new float[input.q().columns() * PANEL], input.q().columns());
        this.stride = stride;
        this.scores = new float[most * PANEL];
        this.panel = new Panel(scores, 0, stride);
        this.slopes = new float[input.hasSoftCap() ? most * PANEL : 0];
    }

    /**
     * Takes query rows {@code firstQuery … firstQuery + queries − 1} of a head; at most {@link
     * #QUERIES}.
     */
    public void load(int head, int firstQuery, int queries) {
        this.head = head;
        this.firstQuery = firstQuery;
        this.queries = queries;
        coarse.forget();
        input.q().loadTransposed(head, firstQuery, queries, queryFactors, q, transposer);
    }

    /** What the mask lets the queries see of key rows {@code firstKey … firstKey + keys − 1}. */
    Visibility.Tile tile(int firstKey, int keys) {
        return input.mask()
                .tile(
                        head,
                        input.firstQuery() + firstQuery,
                        queries,
                        input.firstKey() + firstKey,
                        keys);
    }

    /**
     * Scores against key rows {@code firstKey … firstKey + keys − 1}; false if the mask hides them
     * all.
     */
    public boolean compute(int firstKey, int keys) {
        Visibility.Tile tile = tile(firstKey, keys);
        if (tile == Visibility.Tile.EMPTY) {
            return false;
        }
        compute(firstKey, keys, tile);
        return true;
    }

    /**
     * The same where the mask has been asked.
     *
     * @param tile what it said, and not that it hides them all
     */
    void compute(int firstKey, int keys, Visibility.Tile tile) {
        this.firstKey = firstKey;
        int queryPosition = input.firstQuery() + firstQuery;
        int keyPosition = input.firstKey() + firstKey;
        panel = new Panel(scores, keys, stride);
        panel.set(k.at(input.keyHead(head), firstKey, keys), q);
        if (input.hasSoftCap()) {
            cap(keys * PANEL, input.softCap() * LOG2E);
        }
        hides = tile == Visibility.Tile.PARTIAL;
        KernelInput.Bias bias = input.bias();
        if (bias != null) {
            addBias(bias, queryPosition, keyPosition, keys);
        }
        if (tile == Visibility.Tile.PARTIAL) {
            hide(queryPosition, keyPosition, keys);
        }
    }

    /**
     * Turns the scores of the last {@link #compute} into weights {@code exp(S − LSE)}, in place: 0
     * where hidden, whatever the row's log-sum-exp is.
     *
     * @param lse {@code [H, n_q]}
     */
    void weigh(float[] lse, int keys) {
        Arrays.fill(reference, 0);
        for (int i = 0; i < queries; i++) {
            float rowLse = lse[head * input.q().rows() + firstQuery + i];
            if (Float.isNaN(rowLse)) {
                spoil(i, keys);
            } else if (rowLse != HIDDEN && input.bias() != null && Math.abs(rowLse) > COARSE_LSE) {
                reference[i] = coarse.settle(i, keys);
            } else if (rowLse != HIDDEN) {
                reference[i] = (float) (rowLse * LOG2_E);
            }
        }
        var _ = Exp2.exp2Panel(panel, 0, PANEL, reference, unusedSum);
    }

    /**
     * Rows whose bias is so large, on all that they see, that their log-sum-exp has lost the sum:
     * −Float.MAX_VALUE, as many a checkpoint writes a mask. Their largest score and their sum are
     * made again.
     */
    private final class CoarseRows {
        private final float[] largest = new float[PANEL];
        private final double[] sum = new double[PANEL];
        private boolean known;

        void forget() {
            known = false;
        }

        /**
         * Subtracts a query's largest score from the scores of the last {@link #compute}, and
         * returns what is then left of its log-sum-exp, in units of ln 2.
         */
        float settle(int query, int keys) {
            if (!known) {
                addUp(keys);
                known = true;
            }
            for (int j = 0, at = panel.index(query); j < keys; j++, at += stride) {
                scores[at] -= largest[query];
            }
            return (float) (Math.log(sum[query]) * LOG2_E);
        }

        /** Of all queries: a pass over all keys, after which the last block is at hand again. */
        private void addUp(int keysAtHand) {
            int key = firstKey;
            int all = input.k().rows();
            Arrays.fill(largest, HIDDEN);
            Arrays.fill(sum, 0);
            float[] sinks = input.sinks();
            if (sinks != null) {
                Arrays.fill(largest, inUnitsOfLn2(sinks[head]));
                Arrays.fill(sum, 1);
            }
            for (int k = 0; k < all; k += KEYS) {
                int keys = Math.min(KEYS, all - k);
                if (compute(k, keys)) {
                    for (int i = 0; i < queries; i++) {
                        add(i, keys);
                    }
                }
            }
            compute(key, keysAtHand);
        }

        private void add(int query, int keys) {
            for (int j = 0, at = panel.index(query); j < keys; j++, at += stride) {
                float score = scores[at];
                if (score > largest[query]) {
                    sum[query] *= Math.pow(2, largest[query] - (double) score);
                    largest[query] = score;
                }
                if (score != HIDDEN) {
                    sum[query] += Math.pow(2, score - (double) largest[query]);
                }
            }
        }
    }

    /** Makes the scores that a query sees NaN, as its sum is, and leaves the hidden ones. */
    private void spoil(int query, int keys) {
        for (int j = 0, at = panel.index(query); j < keys; j++, at += stride) {
            scores[at] = scores[at] == HIDDEN ? HIDDEN : Float.NaN;
        }
    }

    /** {@code [keys, QUERIES]} of the last {@link #compute}; the caller may overwrite them. */
    public Panel scores() {
        return panel;
    }

    /** The derivative of the soft cap at the scores of the last {@link #compute}. */
    float[] slopes() {
        return slopes;
    }

    /** The keys, of which the block of the last {@link #compute} is at hand. */
    FloatRows k() {
        return k;
    }

    /** Whether the last {@link #compute} hid a pair of its tile. */
    public boolean hides() {
        return hides;
    }

    /** {@code s = cap2 · tanh(s)}, {@code slope = 1 − tanh²(s)}. */
    private void cap(int length, float cap2) {
        for (int i = 0; i < length; i += WIDTH) {
            FloatVector tanh = Tanh.tanh(FloatVector.fromArray(FLOATS, scores, i));
            tanh.mul(cap2).intoArray(scores, i);
            tanh.mul(tanh).neg().add(1).intoArray(slopes, i);
        }
    }

    private void addBias(KernelInput.Bias bias, int queryPosition, int keyPosition, int keys) {
        for (int j = 0; j < keys; j++) {
            for (int i = 0; i < queries; i++) {
                float added = bias.at(head, queryPosition + i, keyPosition + j);
                int at = panel.index(j, i);
                if (added == HIDDEN) {
                    scores[at] = HIDDEN;
                    hides = true;
                } else {
                    scores[at] += inUnitsOfLn2(added);
                }
            }
        }
    }

    /** A finite bias never hides a pair, however low it is. */
    static float inUnitsOfLn2(float bias) {
        return Float.isInfinite(bias)
                ? bias
                : Math.clamp(bias * LOG2E, -LARGEST_BIAS, LARGEST_BIAS);
    }

    /** Overwrites hidden scores, whatever they are: NaN + −∞ would be NaN. */
    private void hide(int queryPosition, int keyPosition, int keys) {
        for (int j = 0; j < keys; j++) {
            long seen = input.mask().queries(head, queryPosition, queries, keyPosition + j);
            for (int i = 0; i < PANEL; i += WIDTH) {
                VectorMask<Float> hidden = VectorMask.fromLong(FLOATS, ~(seen >>> i));
                int at = panel.index(j, i);
                FloatVector.fromArray(FLOATS, scores, at)
                        .blend(HIDDEN, hidden)
                        .intoArray(scores, at);
            }
        }
    }
}

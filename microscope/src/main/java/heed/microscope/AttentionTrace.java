package heed.microscope;

import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionOutput;
import heed.attention.AttentionWeights;
import heed.attention.Heads;
import heed.attention.KeyValueHeads;
import heed.transformer.layer.AttentionProbe;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The attention of one run of a model: the queries, keys, values and log-sum-exps of every layer,
 * from which any part of any head's weights can be had again. O(n) memory a layer. Pass it as the
 * probe of a run, which may read its tokens in one pass or in several.
 *
 * <p>It keeps the queries of all tokens, or of some alone; keys and values stay in the arrays that
 * the model made.
 */
public final class AttentionTrace implements AttentionProbe {

    /** One layer: of each pass the queries that are kept, {@code [kept][H · d]}. */
    private static final class Layer {
        private final List<float[]> queries = new ArrayList<>();
        private final List<float[]> lse = new ArrayList<>();
        private final List<float[]> residuals = new ArrayList<>();
        private @Nullable AttentionInput last;

        int tokens() {
            return last == null ? 0 : last.k().rows();
        }

        AttentionInput last() {
            if (last == null) {
                throw new IllegalStateException("the layer has not attended yet");
            }
            return last;
        }
    }

    private final @Nullable BitSet wanted;
    private final boolean keepsResiduals;
    private final List<Layer> layers = new ArrayList<>();

    /** Tokens read before each pass. */
    private final List<Integer> passes = new ArrayList<>();

    private int nextLayer;

    private AttentionTrace(@Nullable BitSet wanted, boolean keepsResiduals) {
        this.wanted = wanted;
        this.keepsResiduals = keepsResiduals;
    }

    /** Keeps the queries of all tokens. */
    public static AttentionTrace ofAll() {
        return new AttentionTrace(null, false);
    }

    /** Keeps the queries of some tokens alone: nobody can ask for the rows of others. */
    public static AttentionTrace ofQueries(BitSet queries) {
        return new AttentionTrace((BitSet) queries.clone(), false);
    }

    /** Keeps all queries, and what each layer was given: its residual stream. */
    public static AttentionTrace withResiduals() {
        return new AttentionTrace(null, true);
    }

    @Override
    public void entering(int layer, float[] x) {
        if (keepsResiduals) {
            layer(layer).residuals.add(x);
        }
    }

    @Override
    public void attended(int layer, AttentionInput input, AttentionOutput output) {
        if (layer == 0 && (nextLayer == 0 || nextLayer == layers.size())) {
            passes.add(layers.isEmpty() ? 0 : layers.getFirst().tokens());
            nextLayer = 0;
        }
        int first = passes.isEmpty() ? 0 : passes.getLast();
        if (layer != nextLayer || input.k().rows() != first + input.q().rows()) {
            throw new IllegalStateException(
                    "layer %d with %d keys follows on layer %d with %d tokens read: a trace records one run"
                            .formatted(layer, input.k().rows(), nextLayer - 1, first));
        }
        Layer kept = layer(layer);
        int[] rows =
                IntStream.range(0, input.q().rows())
                        .filter(row -> wanted == null || wanted.get(first + row))
                        .toArray();
        Heads q = input.q();
        float[] queries = new float[rows.length * q.heads() * q.columns()];
        float[] lse = new float[rows.length * q.heads()];
        for (int i = 0; i < rows.length; i++) {
            for (int head = 0; head < q.heads(); head++) {
                int at = (i * q.heads() + head) * q.columns();
                System.arraycopy(q.data(), q.index(head, rows[i]), queries, at, q.columns());
                lse[i * q.heads() + head] = output.lse(head, rows[i]);
            }
        }
        kept.queries.add(queries);
        kept.lse.add(lse);
        // Without the queries, which would live on in the heap's old generation from pass to pass.
        kept.last = input.withQueries(Heads.zeros(q.heads(), 0, q.columns()));
        nextLayer++;
    }

    private Layer layer(int layer) {
        if (layer == layers.size() && passes.size() <= 1) {
            layers.add(new Layer());
        }
        return layers.get(layer);
    }

    /** Number of layers recorded. */
    public int layers() {
        return layers.size();
    }

    /** Number of query heads of every layer. */
    public int heads() {
        return layers.isEmpty() ? 0 : layers.getFirst().last().q().heads();
    }

    /** Number of tokens read. */
    public int tokens() {
        return layers.isEmpty() ? 0 : layers.getLast().tokens();
    }

    /** The values of a layer: {@code [Hkv, n, d_v]}. */
    public KeyValueHeads values(int layer) {
        return layers.get(layer).last().v();
    }

    /** Whether the mask of one of the heads hides any pair of tokens. */
    public boolean isMasked(List<HeadId> heads) {
        int n = tokens();
        return heads.stream()
                .anyMatch(
                        head ->
                                mask(head.layer()).tile(head.head(), 0, n, 0, n)
                                        != AttentionMask.Tile.FULL);
    }

    /** Which token may attend to which in a layer, by their positions from 0. */
    public AttentionMask mask(int layer) {
        return layers.get(layer).last().mask();
    }

    /**
     * The weights of some queries of a layer, over all keys.
     *
     * @param queries their tokens, rising
     * @throws IllegalArgumentException if there is no such token, or its query was not kept
     */
    public AttentionWeights weights(int layer, int... queries) {
        Layer kept = layers.get(layer);
        AttentionInput last = kept.last();
        int heads = last.q().heads();
        int columns = last.q().columns();
        float[] q = new float[queries.length * heads * columns];
        float[] lse = new float[heads * queries.length];
        for (int i = 0; i < queries.length; i++) {
            int pass = passOf(queries[i]);
            int row = rowIn(pass, queries[i]);
            System.arraycopy(
                    kept.queries.get(pass),
                    row * heads * columns,
                    q,
                    i * heads * columns,
                    heads * columns);
            for (int head = 0; head < heads; head++) {
                lse[head * queries.length + i] = kept.lse.get(pass)[row * heads + head];
            }
        }
        Heads gathered = Heads.interleaved(queries.length, heads, columns, q);
        return new AttentionWeights(last.withQueries(gathered, queries), lse);
    }

    /** The residual stream {@code [hidden]} that a layer was given for a token. */
    public float[] residual(int layer, int token) {
        int pass = passOf(token);
        float[] x = layers.get(layer).residuals.get(pass);
        int rows = endOf(pass) - passes.get(pass);
        int features = x.length / rows;
        int row = token - passes.get(pass);
        return Arrays.copyOfRange(x, row * features, (row + 1) * features);
    }

    private int passOf(int token) {
        if (token < 0 || token >= tokens()) {
            throw new IllegalArgumentException(
                    "there is no token %d: %d were read".formatted(token, tokens()));
        }
        int found = Collections.binarySearch(passes, token);
        return found >= 0 ? found : -found - 2;
    }

    private int endOf(int pass) {
        return pass + 1 < passes.size() ? passes.get(pass + 1) : tokens();
    }

    private int rowIn(int pass, int token) {
        int first = passes.get(pass);
        if (wanted == null) {
            return token - first;
        }
        if (!wanted.get(token)) {
            throw new IllegalArgumentException(
                    "the query of token %d was not kept".formatted(token));
        }
        return wanted.get(first, token).cardinality();
    }

    /** Every head of every layer, in order. */
    public List<HeadId> allHeads() {
        return HeadId.all(layers(), heads());
    }
}

package heed.ring;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionMask.Tile;
import heed.attention.AttentionOutput;
import heed.attention.Heads;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.spark.api.java.JavaSparkContext;

/** Sequences that tests attend to, and how their results are put together. */
final class Sequences {
    static final int HEADS = 4;
    static final int KV_HEADS = 2;
    static final int COLUMNS = 16;
    static final int VALUE_COLUMNS = 24;

    /** Tiles of the fewest rows that there are. */
    static final int SMALL_TILES = 1;

    /** Spark in this process, on two threads. */
    static JavaSparkContext spark() {
        return new JavaSparkContext("local[2]", "ring");
    }

    /** Grouped heads, and values of other columns than keys. */
    static RingInput random(int tokens) {
        return RingInput.of(
                new RandomRows("q", HEADS, tokens, COLUMNS, 1),
                new RandomRows("k", KV_HEADS, tokens, COLUMNS, 2),
                new RandomRows("v", KV_HEADS, tokens, VALUE_COLUMNS, 3));
    }

    /** Every kind of mask, for sequences of any length. */
    static Map<String, AttentionMask> masks(int tokens) {
        Map<String, AttentionMask> masks = new LinkedHashMap<>();
        masks.put("full", AttentionMask.full());
        masks.put("causal", AttentionMask.causal());
        masks.put("window of 70", AttentionMask.slidingWindow(70));
        masks.put("window 5, 90", AttentionMask.slidingWindow(5, 90));
        masks.put("prefix", AttentionMask.prefix(tokens / 3));
        masks.put("padding", AttentionMask.padding(tokens - tokens / 4));
        masks.put("padding of all", AttentionMask.padding(0));
        masks.put("padding by heads", AttentionMask.padding(new int[] {tokens / 2, tokens / 5}, 2));
        int third = tokens / 3;
        masks.put("documents", AttentionMask.documents(third, 0, 1, tokens - third - 1));
        masks.put("dense", AttentionMask.dense(thin(tokens)));
        masks.put("predicate", AttentionMask.predicate((h, i, j) -> (i + j) % 3 != h));
        masks.put(
                "blocks",
                AttentionMask.predicate(
                                (h, i, j) -> (i / 32 - j / 32) % 3 == 0,
                                (h, i, rows, j, keys) ->
                                        i / 32 == (i + rows - 1) / 32
                                                        && j / 32 == (j + keys - 1) / 32
                                                        && (i / 32 - j / 32) % 3 != 0
                                                ? Tile.EMPTY
                                                : Tile.PARTIAL)
                        .and(AttentionMask.causal()));
        return masks;
    }

    private static boolean[][] thin(int tokens) {
        SplittableRandom random = new SplittableRandom(tokens);
        boolean[][] allowed = new boolean[tokens][tokens];
        for (boolean[] query : allowed) {
            for (int key = 0; key < tokens; key++) {
                query[key] = random.nextInt(50) == 0;
            }
        }
        return allowed;
    }

    /** The whole of a sequence, for the engine in this process. */
    static AttentionInput whole(RingInput input) throws Exception {
        int tokens = input.tokens();
        AttentionInput whole =
                input.attention(
                        input.q().read(0, tokens),
                        0,
                        input.k().read(0, tokens),
                        input.v().read(0, tokens),
                        0);
        float[] sinks = input.sinks();
        return sinks == null ? whole : whole.withSinks(sinks);
    }

    static AttentionOutput engine(RingInput input) throws Exception {
        return Attention.forward(whole(input), 2);
    }

    /** All blocks of a name, which must cover the rows once. */
    static Heads gather(List<RowBlock> blocks, String name, int heads, int rows, int columns) {
        Heads whole = Heads.zeros(heads, rows, columns);
        boolean[] covered = new boolean[rows];
        for (RowBlock block : blocks) {
            if (!block.name().equals(name)) {
                continue;
            }
            Heads values = block.values();
            for (int row = 0; row < block.rows(); row++) {
                int at = block.from() + row;
                if (covered[at]) {
                    throw new AssertionError("row %d of %s comes twice".formatted(at, name));
                }
                covered[at] = true;
                for (int head = 0; head < heads; head++) {
                    System.arraycopy(
                            values.data(),
                            values.index(head, row),
                            whole.data(),
                            whole.index(head, at),
                            columns);
                }
            }
        }
        for (int row = 0; row < rows; row++) {
            if (!covered[row]) {
                throw new AssertionError("row %d of %s is missing".formatted(row, name));
            }
        }
        return whole;
    }

    /** {@code ‖actual − expected‖ / ‖expected‖}; equal infinities count as equal. */
    static double error(float[] actual, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            if (actual[i] == expected[i]) {
                norm += Float.isFinite(expected[i]) ? (double) expected[i] * expected[i] : 0;
                continue;
            }
            double d = (double) actual[i] - expected[i];
            difference += d * d;
            norm += (double) expected[i] * expected[i];
        }
        return difference == 0 ? 0 : Math.sqrt(difference / norm);
    }

    private Sequences() {}
}

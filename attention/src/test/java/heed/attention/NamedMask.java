package heed.attention;

import heed.attention.AttentionMask.Tile;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Every kind of mask and compositions of them, over {@link #POSITIONS} positions. */
record NamedMask(String name, AttentionMask mask) {
    /** All masks here know the positions 0 to this for queries and keys alike. */
    static final int POSITIONS = 320;

    /** All masks here know this number of heads. */
    static final int HEADS = 4;

    private static final int BLOCK = 16;

    static Stream<NamedMask> all() {
        return Stream.of(simple(), explicit(), composed()).flatMap(List::stream);
    }

    private static List<NamedMask> simple() {
        return List.of(
                new NamedMask("full", AttentionMask.full()),
                new NamedMask("causal", AttentionMask.causal()),
                new NamedMask("window of 1", AttentionMask.slidingWindow(1)),
                new NamedMask("window of 33", AttentionMask.slidingWindow(33)),
                new NamedMask("window of all", AttentionMask.slidingWindow(Integer.MAX_VALUE)),
                new NamedMask("window 0, 0", AttentionMask.slidingWindow(0, 0)),
                new NamedMask("window 5, 90", AttentionMask.slidingWindow(5, 90)),
                new NamedMask("window 70, 3", AttentionMask.slidingWindow(70, 3)),
                new NamedMask(
                        "window unbounded before",
                        AttentionMask.slidingWindow(Integer.MAX_VALUE, 2)),
                new NamedMask("prefix 0", AttentionMask.prefix(0)),
                new NamedMask("prefix 77", AttentionMask.prefix(77)),
                new NamedMask("padding 0", AttentionMask.padding(0)),
                new NamedMask("padding 101", AttentionMask.padding(101)),
                new NamedMask(
                        "padding of two sequences", AttentionMask.padding(new int[] {7, 200}, 2)),
                new NamedMask(
                        "documents", AttentionMask.documents(0, 1, 63, 64, 0, 17, 130, 1, 44)),
                new NamedMask("one document", AttentionMask.documents(POSITIONS)));
    }

    private static List<NamedMask> explicit() {
        return List.of(
                new NamedMask("dense", AttentionMask.dense(random(1, 0.5)[0])),
                new NamedMask("dense of no pair", AttentionMask.dense(random(1, 0)[0])),
                new NamedMask("dense of every pair", AttentionMask.dense(random(1, 1)[0])),
                new NamedMask(
                        "dense per head, thin", AttentionMask.dense(random(HEADS, 0.01), 0, 0)),
                new NamedMask("dense in blocks", AttentionMask.dense(blocks(), 0, 0)),
                new NamedMask(
                        "predicate",
                        AttentionMask.predicate((head, query, key) -> (query + key) % 3 != head)),
                new NamedMask("block-sparse predicate", blockSparse()));
    }

    private static List<NamedMask> composed() {
        AttentionMask documents = AttentionMask.documents(100, 1, 150, 69);
        return List.of(
                new NamedMask("causal and documents", AttentionMask.causal().and(documents)),
                new NamedMask(
                        "window or prefix",
                        AttentionMask.slidingWindow(9, 9)
                                .or(AttentionMask.padding(4))
                                .or(
                                        AttentionMask.predicate(
                                                (head, query, key) -> query % 50 == 0))),
                new NamedMask(
                        "dense and causal and padding",
                        AttentionMask.dense(random(HEADS, 0.7), 0, 0)
                                .and(AttentionMask.causal())
                                .and(AttentionMask.padding(new int[] {250, 30}, 2))),
                new NamedMask(
                        "documents or block-sparse and causal",
                        documents.or(blockSparse()).and(AttentionMask.causal())),
                new NamedMask(
                        "full and nothing", AttentionMask.full().and(AttentionMask.padding(0))),
                new NamedMask(
                        "nothing or full", AttentionMask.padding(0).or(AttentionMask.full())));
    }

    /** Attends where the block of the query and that of the key are a multiple of 3 apart. */
    private static AttentionMask blockSparse() {
        return AttentionMask.predicate(
                (head, query, key) -> (query / BLOCK - key / BLOCK) % 3 == 0,
                (head, firstQuery, queries, firstKey, keys) -> {
                    int queryBlock = firstQuery / BLOCK;
                    int keyBlock = firstKey / BLOCK;
                    boolean oneBlock =
                            queryBlock == (firstQuery + queries - 1) / BLOCK
                                    && keyBlock == (firstKey + keys - 1) / BLOCK;
                    if (!oneBlock) {
                        return Tile.PARTIAL;
                    }
                    return (queryBlock - keyBlock) % 3 == 0 ? Tile.FULL : Tile.EMPTY;
                });
    }

    private static boolean[][][] random(int heads, double share) {
        SplittableRandom random = new SplittableRandom(heads);
        boolean[][][] allowed = new boolean[heads][POSITIONS][POSITIONS];
        for (boolean[][] head : allowed) {
            for (boolean[] query : head) {
                for (int key = 0; key < POSITIONS; key++) {
                    query[key] = random.nextDouble() < share;
                }
            }
        }
        return allowed;
    }

    private static boolean[][][] blocks() {
        boolean[][][] allowed = new boolean[1][POSITIONS][POSITIONS];
        for (int query = 0; query < POSITIONS; query++) {
            for (int key = 0; key < POSITIONS; key++) {
                allowed[0][query][key] = query / 64 != key / 96;
            }
        }
        return allowed;
    }

    @Override
    public String toString() {
        return name;
    }
}

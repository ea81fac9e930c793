package heed.microscope.map;

import heed.attention.AttentionMask;
import heed.attention.AttentionWeights;
import heed.attention.Heads;
import heed.attention.KeyValueHeads;
import heed.microscope.Listener;
import heed.microscope.MemoryNeed;
import heed.microscope.QuestionException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The weights of one head, of any number of tokens, as a map: level 0 has a cell for each weight,
 * level k one for {@code 2ᵏ × 2ᵏ}, and the coarsest is one tile. Rows are queries, columns keys.
 *
 * <p>Levels below {@value MapPyramid#BASE} are recomputed when somebody looks. The others are kept,
 * once {@link #build} has made them in one pass; meanwhile they show a sample of the queries. No
 * weights are kept: the codes of these levels take {@code n²/384} bytes, 45 MB at 131,072 tokens.
 */
public final class HeadMap implements AutoCloseable {
    /** Levels from a cell to one as large as a tile of cells. */
    private static final int TILE_LEVELS = 8;

    /** Cells in a row of a tile, and rows. */
    public static final int TILE = 1 << TILE_LEVELS;

    /** Queries that are read together. */
    private static final int BLOCK = 64;

    /**
     * A weight and where it is.
     *
     * @param query of whose row it is
     */
    public record Spot(int query, int key, float weight) {}

    private final MapScores scores;
    private final int top;
    private final MapPyramid pyramid;
    private final RowPeaks peaks;
    private volatile boolean closed;
    private volatile boolean built;

    private HeadMap(MapScores scores) {
        this.scores = scores;
        this.top = top(Math.max(scores.queries(), scores.keys()));
        new MemoryNeed(MapPyramid.bytes(scores.queries(), scores.keys(), top))
                .check("a map of %,d tokens".formatted(scores.queries()), "give less text");
        this.pyramid = new MapPyramid(scores, top);
        this.peaks = RowPeaks.of(scores.queries());
    }

    private static int top(int tokens) {
        int top = 0;
        while (Math.ceilDiv(tokens, 1L << top) > TILE) {
            top++;
        }
        return top;
    }

    /**
     * The map of a head whose weights can be had.
     *
     * @throws QuestionException if it does not fit the memory
     */
    public static HeadMap of(AttentionWeights weights, int head) {
        return new HeadMap(MapScores.of(weights, head));
    }

    /**
     * The map of one head of queries and keys; scores are divided by √d.
     *
     * @param q {@code [1, n_q, d]}
     * @param k {@code [1, n_k, d]}
     * @throws QuestionException if it does not fit the memory
     */
    public static HeadMap of(Heads q, KeyValueHeads k, AttentionMask mask) {
        return new HeadMap(MapScores.of(q, k, mask));
    }

    public int queries() {
        return scores.queries();
    }

    public int keys() {
        return scores.keys();
    }

    /** The coarsest level. */
    public int top() {
        return top;
    }

    /**
     * Makes the coarse levels, in one pass over all weights; returns early once the map is closed.
     *
     * @param threads how many work on it
     * @param listener is told of strips of queries, of a sample first
     */
    public void build(int threads, Listener listener) throws InterruptedException {
        new MapPass(scores, pyramid, peaks, () -> closed).run(threads, listener);
        built = !closed;
    }

    /** Whether {@link #build} has come to its end. */
    public boolean isBuilt() {
        return built;
    }

    /**
     * Whether the tiles of a row are of all its queries, and not of a sample of them.
     *
     * @throws QuestionException if there is no such row
     */
    public boolean isWhole(int level, int row) {
        requireCell(level, row, 0, TILE);
        int queries = TILE << level;
        return level < MapPyramid.BASE || pyramid.isWhole(row * queries, queries);
    }

    /**
     * {@code [TILE][TILE]} codes ({@link MapCode}) of a tile; cells beyond the last query or key
     * are 0. Nothing if the mask hides all of it.
     *
     * @throws QuestionException if there is no such tile
     */
    public Optional<byte[]> tile(MapChannel channel, int level, int row, int column) {
        requireCell(level, row, column, TILE);
        int side = TILE << level;
        int query = row * side;
        int key = column * side;
        int queries = Math.min(side, queries() - query);
        int keys = Math.min(side, keys() - key);
        if (scores.hidesCell(level + TILE_LEVELS, row, column)) {
            return Optional.empty();
        }
        byte[] codes = new byte[TILE * TILE];
        if (level >= MapPyramid.BASE) {
            pyramid.copy(channel, level, row * TILE, column * TILE, TILE, codes);
        } else {
            make(channel, level, query, queries, key, keys, codes);
        }
        return Optional.of(codes);
    }

    /**
     * The finest level that fits so many bytes together with all that are coarser, in both
     * channels; the coarsest if not even that fits.
     */
    public int finest(long bytes) {
        int finest = top;
        long left = bytes - bytes(top);
        while (finest > 0 && left >= bytes(finest - 1)) {
            finest--;
            left -= bytes(finest);
        }
        return finest;
    }

    private long bytes(int level) {
        long rows = Math.ceilDiv(queries(), 1 << level);
        return MapChannel.values().length * rows * Math.ceilDiv(keys(), 1 << level);
    }

    /**
     * {@code [rows][columns]} codes ({@link MapCode}) of all cells of a level.
     *
     * @throws QuestionException if there is no such level
     * @throws ArithmeticException if they are too many for an array
     */
    public byte[] codes(MapChannel channel, int level) {
        requireCell(level, 0, 0, TILE);
        int rows = Math.ceilDiv(queries(), 1 << level);
        int columns = Math.ceilDiv(keys(), 1 << level);
        byte[] codes = new byte[Math.multiplyExact(rows, columns)];
        for (int row = 0; row < rows; row += TILE) {
            for (int column = 0; column < columns; column += TILE) {
                Optional<byte[]> tile = tile(channel, level, row / TILE, column / TILE);
                for (int i = 0; tile.isPresent() && i < Math.min(TILE, rows - row); i++) {
                    int to = (row + i) * columns + column;
                    int count = Math.min(TILE, columns - column);
                    System.arraycopy(tile.get(), i * TILE, codes, to, count);
                }
            }
        }
        return codes;
    }

    private void requireCell(int level, int row, int column, int cells) {
        if (level < 0 || level > top) {
            throw new QuestionException("the map has levels 0 to %d".formatted(top));
        }
        int rows = Math.ceilDiv(queries(), cells << level);
        int columns = Math.ceilDiv(keys(), cells << level);
        if (row < 0 || row >= rows || column < 0 || column >= columns) {
            throw new QuestionException(
                    "level %d has rows 0 to %d and columns 0 to %d"
                            .formatted(level, rows - 1, columns - 1));
        }
    }

    /** A tile of a fine level: blocks of queries, of which none has a part of another's cells. */
    private void make(
            MapChannel channel,
            int level,
            int query,
            int queries,
            int key,
            int keys,
            byte[] codes) {
        AttentionWeights weights = scores.of(query, queries);
        int columns = Math.ceilDiv(keys, 1 << level);
        MapRows rows = MapRows.of(Math.ceilDiv(queries, 1 << level), columns);
        IntStream.range(0, Math.ceilDiv(queries, BLOCK))
                .parallel()
                .forEach(
                        block -> {
                            int first = block * BLOCK;
                            int count = Math.min(BLOCK, queries - first);
                            float[][] largest = new float[count][columns];
                            float[][] sums = new float[count][columns];
                            weights.groups(
                                    scores.head(),
                                    query + first,
                                    count,
                                    key,
                                    keys,
                                    1 << level,
                                    largest,
                                    sums);
                            for (int i = 0; i < count; i++) {
                                rows.add((first + i) >> level, largest[i], sums[i], columns);
                            }
                        });
        float[][] values = channel == MapChannel.MAX ? rows.max() : rows.mass();
        for (int r = 0; r < rows.rows(); r++) {
            for (int c = 0; c < columns; c++) {
                boolean hidden =
                        rows.max()[r][c] == 0
                                && scores.hidesCell(
                                        level, (query >> level) + r, (key >> level) + c);
                codes[r * TILE + c] = (byte) (hidden ? MapCode.HIDDEN : MapCode.of(values[r][c]));
            }
        }
    }

    /**
     * The largest weight of a cell, recomputed; of equal ones the first. Nothing if the mask hides
     * all of it.
     *
     * @throws QuestionException if there is no such cell
     */
    public Optional<Spot> largest(int level, int row, int column) {
        requireCell(level, row, column, 1);
        int side = 1 << level;
        int query = row * side;
        int key = column * side;
        int queries = Math.min(side, queries() - query);
        int keys = Math.min(side, keys() - key);
        if (scores.hidesCell(level, row, column)) {
            return Optional.empty();
        }
        AttentionWeights weights = scores.of(query, queries);
        Spot largest = new Spot(query, key, -1);
        for (int q = query; q < query + queries; q += BLOCK) {
            int count = Math.min(BLOCK, query + queries - q);
            float[][] tile = weights.tile(scores.head(), q, count, key, keys);
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < keys; j++) {
                    if (tile[i][j] > largest.weight()) {
                        largest = new Spot(q + i, key + j, tile[i][j]);
                    }
                }
            }
        }
        return Optional.of(largest);
    }

    /**
     * The weights that stand out most: largest as multiples of an even share of what their query
     * sees, each of another query and another key.
     *
     * @throws IllegalStateException before the map is built
     */
    public List<Spot> needles(int count) {
        if (!built) {
            throw new IllegalStateException("the map is not built yet");
        }
        return Needles.find(scores, pyramid, peaks, count);
    }

    /** Ends a {@link #build} that still runs. */
    @Override
    public void close() {
        closed = true;
    }
}

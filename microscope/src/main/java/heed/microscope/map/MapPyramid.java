package heed.microscope.map;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The coarse levels of a map, in codes: of level k a cell for each {@code 2ᵏ × 2ᵏ} weights. It is
 * filled strip by strip, a strip being all keys of some queries, of which no level has a cell in
 * two.
 */
final class MapPyramid {
    /** The first level that is kept; finer ones are made when somebody looks. */
    static final int BASE = 5;

    private static final int LEAST_STRIP = 2048;

    private record Level(int columns, byte[] max, byte[] mass) {
        byte[] of(MapChannel channel) {
            return channel == MapChannel.MAX ? max : mass;
        }
    }

    private final MapScores scores;
    private final int strip;
    private final List<Level> levels = new ArrayList<>();
    private final boolean[] whole;

    /**
     * @param top the coarsest level; the finest that is kept is there at least
     */
    MapPyramid(MapScores scores, int top) {
        this.scores = scores;
        this.strip = Math.max(LEAST_STRIP, 1 << top);
        this.whole = new boolean[Math.ceilDiv(scores.queries(), strip)];
        for (int level = BASE; level <= Math.max(BASE, top); level++) {
            int columns = Math.ceilDiv(scores.keys(), 1 << level);
            int cells = Math.ceilDiv(scores.queries(), 1 << level) * columns;
            levels.add(new Level(columns, new byte[cells], new byte[cells]));
        }
    }

    /** The bytes that the levels of so many cells take. */
    static long bytes(long queries, long keys, int top) {
        long bytes = 0;
        for (int level = BASE; level <= Math.max(BASE, top); level++) {
            bytes += 2 * Math.ceilDiv(queries, 1L << level) * Math.ceilDiv(keys, 1L << level);
        }
        return bytes;
    }

    int strips() {
        return whole.length;
    }

    /** Queries of a strip; the last has what is left. */
    int stripQueries() {
        return strip;
    }

    /** Whether all that a range of queries shows is of all of them, and not of a sample. */
    synchronized boolean isWhole(int firstQuery, int queries) {
        int end = Math.min(firstQuery + queries, scores.queries());
        for (int s = firstQuery / strip; s * (long) strip < end; s++) {
            if (!whole[s]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Takes the rows of a strip's finest level, and makes the coarser ones.
     *
     * @param all whether they are of all queries, and not of a sample
     */
    void put(int stripIndex, MapRows rows, boolean all) {
        int first = stripIndex * (strip >> BASE);
        for (int i = 0; i < levels.size(); i++) {
            write(BASE + i, first, rows);
            rows = rows.coarser();
            first /= 2;
        }
        if (all) {
            synchronized (this) {
                whole[stripIndex] = true;
            }
        }
    }

    private void write(int level, int firstRow, MapRows rows) {
        Level to = levels.get(level - BASE);
        for (int row = 0; row < rows.rows(); row++) {
            for (int column = 0; column < to.columns; column++) {
                int at = (firstRow + row) * to.columns + column;
                float max = rows.max()[row][column];
                boolean hidden = max == 0 && scores.hidesCell(level, firstRow + row, column);
                to.max[at] = (byte) (hidden ? MapCode.HIDDEN : MapCode.of(max));
                to.mass[at] =
                        (byte) (hidden ? MapCode.HIDDEN : MapCode.of(rows.mass()[row][column]));
            }
        }
    }

    /** The columns of the finest level whose largest weight has a code, in the row of a query. */
    List<Integer> columnsWith(int query, int code) {
        Level level = levels.getFirst();
        int first = (query >> BASE) * level.columns;
        return IntStream.range(0, level.columns)
                .filter(column -> Byte.toUnsignedInt(level.max[first + column]) >= code)
                .boxed()
                .toList();
    }

    /** Copies a rectangle of codes; what lies beyond the map stays 0. */
    void copy(
            MapChannel channel, int level, int firstRow, int firstColumn, int side, byte[] codes) {
        Level from = levels.get(level - BASE);
        byte[] all = from.of(channel);
        int rows = Math.min(side, all.length / from.columns - firstRow);
        int columns = Math.min(side, from.columns - firstColumn);
        for (int row = 0; row < rows; row++) {
            int at = (firstRow + row) * from.columns + firstColumn;
            System.arraycopy(all, at, codes, row * side, columns);
        }
    }
}

package heed.microscope.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.AttentionWeights;
import heed.attention.Heads;
import heed.microscope.Listener;
import heed.microscope.QuestionException;
import heed.microscope.map.HeadMap.Spot;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A map against the definition of attention in double precision. */
class HeadMapTest {
    private static final int COLUMNS = 8;

    /** So many tokens have levels 0 to 6, the last of which are kept. */
    private static final int MANY = 9_000;

    private static Heads random(int n, long seed) {
        return random(n, seed, 1.5);
    }

    private static Heads random(int n, long seed, double deviation) {
        Random random = new Random(seed);
        float[] data = new float[n * COLUMNS];
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) (deviation * random.nextGaussian());
        }
        return Heads.of(1, n, COLUMNS, data);
    }

    private static AttentionMask mask(boolean causal) {
        return causal ? AttentionMask.causal() : AttentionMask.full();
    }

    /** The weights of a query, by the definition. */
    private static double[] row(Heads q, Heads k, int query, boolean causal) {
        double[] row = new double[k.rows()];
        int seen = causal ? query + 1 : k.rows();
        double sum = 0;
        for (int key = 0; key < seen; key++) {
            double dot = 0;
            for (int c = 0; c < COLUMNS; c++) {
                dot += (double) q.get(0, query, c) * k.get(0, key, c);
            }
            row[key] = Math.exp(dot / Math.sqrt(COLUMNS));
            sum += row[key];
        }
        for (int key = 0; key < seen; key++) {
            row[key] /= sum;
        }
        return row;
    }

    /** {@code [channel][rows][columns]} of a level, by the definition. */
    private static double[][][] level(Heads q, Heads k, int level, boolean causal) {
        int side = 1 << level;
        int rows = Math.ceilDiv(q.rows(), side);
        int columns = Math.ceilDiv(k.rows(), side);
        double[][][] cells = new double[2][rows][columns];
        for (int query = 0; query < q.rows(); query++) {
            double[] row = row(q, k, query, causal);
            int r = query / side;
            int queries = Math.min(side, q.rows() - r * side);
            for (int key = 0; key < row.length; key++) {
                cells[0][r][key / side] = Math.max(cells[0][r][key / side], row[key]);
                cells[1][r][key / side] += row[key] / queries;
            }
        }
        return cells;
    }

    private static int code(HeadMap map, MapChannel channel, int level, int row, int column) {
        return new Codes(map, channel, level).at(row, column);
    }

    /** The codes of a level, tile by tile. */
    private record Codes(
            HeadMap map, MapChannel channel, int level, Map<Integer, Optional<byte[]>> tiles) {

        Codes(HeadMap map, MapChannel channel, int level) {
            this(map, channel, level, new HashMap<>());
        }

        int at(int row, int column) {
            int tile = HeadMap.TILE;
            return tiles.computeIfAbsent(
                            row / tile * 1000 + column / tile,
                            at -> map.tile(channel, level, row / tile, column / tile))
                    .map(codes -> codes[row % tile * tile + column % tile] & 0xff)
                    .orElse(MapCode.HIDDEN);
        }
    }

    private static void assertLevel(
            HeadMap map, Heads q, Heads k, int level, boolean causal, int step) {
        double[][][] expected = level(q, k, level, causal);
        Codes max = new Codes(map, MapChannel.MAX, level);
        Codes mass = new Codes(map, MapChannel.MASS, level);
        for (int r = 0; r < expected[0].length; r += step) {
            double sum = 0;
            for (int c = 0; c < expected[0][r].length; c++) {
                boolean hidden = causal && c << level > ((r + 1) << level) - 1;
                for (Codes codes : List.of(max, mass)) {
                    int code = codes.at(r, c);
                    if (hidden) {
                        assertThat(code).isEqualTo(MapCode.HIDDEN);
                    } else {
                        double weight = expected[codes.channel() == MapChannel.MAX ? 0 : 1][r][c];
                        assertThat(code)
                                .as("%s of cell %d, %d of level %d", codes.channel(), r, c, level)
                                .isBetween(MapCode.of(weight * 0.999), MapCode.of(weight * 1.001));
                    }
                }
                sum += MapCode.weight(mass.at(r, c));
            }
            assertThat(sum).isCloseTo(1, within(0.035));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fineTilesAreMadeOnDemand(boolean causal) {
        Heads q = random(700, 1);
        Heads k = random(700, 2);
        HeadMap map = HeadMap.of(q, k, mask(causal));
        assertThat(map.top()).isEqualTo(2);
        for (int level = 0; level <= 2; level++) {
            assertThat(map.isWhole(level, 0)).isTrue();
            assertLevel(map, q, k, level, causal, level == 0 ? 37 : 1);
        }
        if (causal) {
            assertThat(map.tile(MapChannel.MAX, 0, 0, 1)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void coarseLevelsAreMadeInOnePass(boolean causal) throws InterruptedException {
        Heads q = random(MANY, 3);
        Heads k = random(MANY, 4);
        HeadMap map = HeadMap.of(q, k, mask(causal));
        assertThat(map.top()).isEqualTo(6);
        assertThat(map.isWhole(5, 0)).isFalse();
        map.build(2, Listener.none());
        assertThat(map.isBuilt()).isTrue();
        for (int level = 5; level <= 6; level++) {
            assertThat(map.isWhole(level, 0)).isTrue();
            assertLevel(map, q, k, level, causal, 17);
        }
    }

    /** Rows whose log-sum-exps are far from those beside them, and some that are all alike. */
    @Test
    void aRowNeedsNotBeAsItsNeighbours() throws InterruptedException {
        Heads q = random(MANY, 3);
        Heads k = random(MANY, 4);
        for (int query = 0; query < MANY; query++) {
            int length = query % 7 == 0 ? 40 : query % 11 == 0 ? 0 : 1;
            for (int c = 0; c < COLUMNS; c++) {
                q.data()[q.index(0, query) + c] *= length;
            }
        }
        HeadMap map = HeadMap.of(q, k, AttentionMask.causal());
        map.build(2, Listener.none());
        assertLevel(map, q, k, 5, true, 13);
        for (int query = 0; query < MANY; query += 97) {
            double[] row = row(q, k, query, true);
            double weight = map.largest(0, query, query).orElseThrow().weight();
            assertThat(weight).isCloseTo(row[query], within(2e-4 * row[query] + 1e-9));
        }
    }

    @Test
    void aSampleIsThereBeforeThePassIs() throws InterruptedException {
        Heads q = random(MANY, 3);
        Heads k = random(MANY, 4);
        HeadMap map = HeadMap.of(q, k, AttentionMask.full());
        int row = 150;
        int[] sampled = new int[1];
        map.build(
                1,
                (what, done, of) -> {
                    if (what.contains("sample") && done == of) {
                        sampled[0] = code(map, MapChannel.MAX, 5, row, 33);
                        assertThat(map.isWhole(5, 0)).isFalse();
                        map.close();
                    }
                });
        double[] query = row(q, k, row * 32 + 16, false);
        double largest = Arrays.stream(query, 33 * 32, 34 * 32).max().orElseThrow();
        assertThat(sampled[0]).isBetween(MapCode.of(largest * 0.999), MapCode.of(largest * 1.001));
        assertThat(map.isBuilt()).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> map.needles(1));
    }

    @Test
    void aRowOfEveryLevelHasAllTheMass() {
        MapRows rows = MapRows.of(70, 41);
        Random random = new Random(5);
        float[] none = new float[41];
        for (int query = 0; query < 70 * 32 - 9; query++) {
            float[] sums = new float[41];
            for (int i = 0; i < 1000; i++) {
                sums[random.nextInt(41)] += 1e-3f;
            }
            rows.add(query / 32, none, sums, 41);
        }
        for (MapRows level = rows; level.max()[0].length > 1; level = level.coarser()) {
            for (float[] row : level.mass()) {
                double sum = IntStream.range(0, row.length).mapToDouble(c -> row[c]).sum();
                assertThat(sum).isCloseTo(1, within(2e-6));
            }
        }
    }

    /** A kept level, and one that is made when asked for. */
    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void aWholeLevelIsItsTiles(int level) throws InterruptedException {
        HeadMap map = HeadMap.of(random(MANY, 12), random(MANY - 700, 13), mask(true));
        map.build(2, Listener.none());
        int rows = Math.ceilDiv(MANY, 1 << level);
        int columns = Math.ceilDiv(MANY - 700, 1 << level);
        for (MapChannel channel : MapChannel.values()) {
            byte[] codes = map.codes(channel, level);
            assertThat(codes).hasSize(rows * columns);
            Codes tiles = new Codes(map, channel, level);
            for (int cell = 0; cell < codes.length; cell += 97) {
                assertThat(Byte.toUnsignedInt(codes[cell]))
                        .isEqualTo(tiles.at(cell / columns, cell % columns));
            }
        }
    }

    @Test
    void levelsAreCountedUntilTheyDoNotFit() {
        HeadMap map = HeadMap.of(random(MANY, 14), random(MANY, 15), mask(false));
        long six = 2L * 141 * 141;
        long five = 2L * 282 * 282;
        assertThat(map.finest(0)).isEqualTo(6);
        assertThat(map.finest(six + five - 1)).isEqualTo(6);
        assertThat(map.finest(six + five)).isEqualTo(5);
        assertThat(map.finest(Long.MAX_VALUE)).isZero();
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> map.codes(MapChannel.MAX, 7))
                .withMessageContaining("levels 0 to 6");
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> map.codes(MapChannel.MAX, -1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cellsAreTheWeights(boolean causal) {
        Heads q = random(MANY, 6);
        Heads k = random(MANY, 7);
        HeadMap map = HeadMap.of(q, k, mask(causal));
        Random random = new Random(8);
        for (int i = 0; i < 1000; i++) {
            int query = random.nextInt(MANY);
            int key = random.nextInt(MANY);
            Optional<Spot> spot = map.largest(0, query, key);
            if (causal && key > query) {
                assertThat(spot).isEmpty();
            } else {
                double weight = row(q, k, query, causal)[key];
                assertThat((double) spot.orElseThrow().weight())
                        .isCloseTo(weight, within(1e-5 * weight + 1e-9));
            }
        }
    }

    @Test
    void needlesAreFound() throws InterruptedException {
        Heads q = random(MANY, 9, 0.4);
        Heads k = random(MANY, 10, 0.4);
        int[][] planted = {{8_500, 31}, {4_000, 3_999}, {7_777, 5_555}};
        for (int i = 0; i < planted.length; i++) {
            int query = q.index(0, planted[i][0]);
            int key = k.index(0, planted[i][1]);
            Arrays.fill(q.data(), query, query + COLUMNS, 0);
            q.data()[query + i] = 12;
            k.data()[key + i] = 10;
        }
        HeadMap map = HeadMap.of(q, k, AttentionMask.causal());
        map.build(2, Listener.none());

        List<Spot> needles = map.needles(3);
        for (int[] at : planted) {
            double weight = row(q, k, at[0], true)[at[1]];
            assertThat(weight).isGreaterThan(0.5);
            Spot needle =
                    needles.stream().filter(n -> n.query() == at[0]).findFirst().orElseThrow();
            assertThat(needle.key()).isEqualTo(at[1]);
            assertThat((double) needle.weight()).isCloseTo(weight, within(1e-5));
            for (int level = 0; level <= map.top(); level++) {
                int row = at[0] >> level;
                int column = at[1] >> level;
                assertThat(code(map, MapChannel.MAX, level, row, column))
                        .isGreaterThanOrEqualTo(MapCode.of(0.5));
                assertThat(map.largest(level, row, column)).contains(needle);
            }
        }
        assertThat(map.needles(50).stream().map(Spot::key))
                .hasSizeBetween(3, 50)
                .doesNotHaveDuplicates();
    }

    /** A head of a model, whose log-sum-exps are there. */
    @Test
    void aHeadAmongOthersIsAsOneAlone() throws InterruptedException {
        float[] data = random(3 * 5_000, 11).data();
        Heads q = Heads.interleaved(5_000, 3, COLUMNS, data);
        AttentionInput input = AttentionInput.of(q, q, q).withMask(AttentionMask.causal());
        HeadMap among = HeadMap.of(new AttentionWeights(input, Attention.forward(input)), 1);
        HeadMap alone = HeadMap.of(q.heads(1, 2), q.heads(1, 2), AttentionMask.causal());
        for (HeadMap map : List.of(among, alone)) {
            map.build(1, Listener.none());
        }
        for (int level : new int[] {0, 3, 5}) {
            for (MapChannel channel : MapChannel.values()) {
                byte[] codes = among.tile(channel, level, 0, 0).orElseThrow();
                byte[] expected = alone.tile(channel, level, 0, 0).orElseThrow();
                for (int i = 0; i < codes.length; i++) {
                    assertThat(codes[i] & 0xff).isCloseTo(expected[i] & 0xff, within(1));
                }
            }
        }
        assertThat(among.needles(9).stream().map(Spot::key).toList())
                .isEqualTo(alone.needles(9).stream().map(Spot::key).toList());
    }

    @Test
    void whatIsNotThereIsRefused() {
        HeadMap map = HeadMap.of(random(300, 1), random(600, 2), AttentionMask.full());
        assertThat(map.top()).isEqualTo(2);
        assertThat(map.tile(MapChannel.MAX, 0, 1, 2)).isPresent();
        int[][] tiles = {{0, 2, 0}, {0, 0, 3}, {-1, 0, 0}, {3, 0, 0}, {0, -1, 0}, {2, 0, 1}};
        for (int[] at : tiles) {
            assertThatExceptionOfType(QuestionException.class)
                    .isThrownBy(() -> map.tile(MapChannel.MASS, at[0], at[1], at[2]));
        }
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> map.isWhole(2, 9_999_999));
        assertThatExceptionOfType(QuestionException.class)
                .isThrownBy(() -> map.largest(0, 300, 0))
                .withMessage("level 0 has rows 0 to 299 and columns 0 to 599");
    }

    @Test
    void codesAreStepsOfSevenPercent() {
        assertThat(MapCode.of(0)).isEqualTo(1);
        assertThat(MapCode.of(1)).isEqualTo(255);
        for (int code = 2; code <= 255; code++) {
            assertThat(MapCode.of(MapCode.weight(code))).isEqualTo(code);
        }
        assertThat(MapCode.weight(200) / MapCode.weight(199)).isCloseTo(1.068, within(0.001));
    }
}

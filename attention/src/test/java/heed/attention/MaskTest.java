package heed.attention;

import static heed.attention.Agreement.assertAgrees;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import heed.attention.AttentionMask.PairPredicate;
import heed.attention.AttentionMask.Tile;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Masks: what each one says of pairs and tiles, and attention under each. */
class MaskTest {
    private static final int RECTANGLES = 400;

    static Stream<NamedMask> masks() {
        return NamedMask.all();
    }

    static Stream<Arguments> definitions() {
        AttentionMask causal = AttentionMask.causal();
        PairPredicate sameDocument = (head, query, key) -> document(query) == document(key);
        return Stream.of(
                arguments(AttentionMask.full(), (PairPredicate) (h, query, key) -> true),
                arguments(causal, (PairPredicate) (h, query, key) -> key <= query),
                arguments(
                        AttentionMask.slidingWindow(3),
                        (PairPredicate) (h, q, key) -> key == q || key == q - 1 || key == q - 2),
                arguments(
                        AttentionMask.slidingWindow(1, 2),
                        (PairPredicate)
                                (h, q, key) ->
                                        key == q - 1 || key == q || key == q + 1 || key == q + 2),
                arguments(
                        AttentionMask.prefix(4),
                        (PairPredicate) (h, query, key) -> key <= 3 || key <= query),
                arguments(AttentionMask.padding(5), (PairPredicate) (h, query, key) -> key <= 4),
                arguments(
                        AttentionMask.padding(new int[] {2, 5}, 2),
                        (PairPredicate) (head, query, key) -> key <= (head <= 1 ? 1 : 4)),
                arguments(AttentionMask.documents(2, 0, 5, 3), sameDocument),
                arguments(AttentionMask.predicate(sameDocument), sameDocument),
                arguments(
                        causal.and(AttentionMask.documents(2, 0, 5, 3)),
                        (PairPredicate)
                                (h, query, key) ->
                                        key <= query && document(query) == document(key)),
                arguments(
                        causal.or(AttentionMask.documents(2, 0, 5, 3)),
                        (PairPredicate)
                                (h, query, key) ->
                                        key <= query || document(query) == document(key)));
    }

    /** Of documents of 2, 0, 5 and 3 tokens. */
    private static int document(int position) {
        return position < 2 ? 0 : position < 7 ? 2 : 3;
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void aPairIsAllowedByDefinition(AttentionMask mask, PairPredicate definition) {
        for (int head = 0; head < 4; head++) {
            for (int query = 0; query < 10; query++) {
                for (int key = 0; key < 10; key++) {
                    assertThat(mask.allows(head, query, key))
                            .as("head %d, query %d, key %d", head, query, key)
                            .isEqualTo(definition.allows(head, query, key));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("masks")
    void aTileNeverContradictsItsPairs(NamedMask named) {
        AttentionMask mask = named.mask();
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < RECTANGLES; i++) {
            int head = random.nextInt(NamedMask.HEADS);
            int queries = side(random);
            int keys = side(random);
            int firstQuery = random.nextInt(NamedMask.POSITIONS - queries + 1);
            int firstKey = random.nextInt(NamedMask.POSITIONS - keys + 1);
            int allowed = 0;
            for (int query = firstQuery; query < firstQuery + queries; query++) {
                for (int key = firstKey; key < firstKey + keys; key++) {
                    allowed += mask.allows(head, query, key) ? 1 : 0;
                }
            }
            Tile tile = mask.tile(head, firstQuery, queries, firstKey, keys);
            String where =
                    "%s: head %d, queries %d + %d, keys %d + %d, %d pairs allowed"
                            .formatted(tile, head, firstQuery, queries, firstKey, keys, allowed);
            switch (tile) {
                case EMPTY -> assertThat(allowed).as(where).isZero();
                case FULL -> assertThat(allowed).as(where).isEqualTo(queries * keys);
                case PARTIAL -> assertThat(queries * keys).as(where).isPositive();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("masks")
    void aColumnOfQueriesHasTheBitsOfItsPairs(NamedMask named) {
        AttentionMask mask = named.mask();
        SplittableRandom random = new SplittableRandom(6);
        for (int i = 0; i < RECTANGLES; i++) {
            int head = random.nextInt(NamedMask.HEADS);
            int count = 1 + random.nextInt(AttentionMask.MAX_QUERIES);
            int firstQuery = random.nextInt(NamedMask.POSITIONS - count + 1);
            int key = random.nextInt(NamedMask.POSITIONS);
            long expected = 0;
            for (int q = 0; q < count; q++) {
                expected |= mask.allows(head, firstQuery + q, key) ? 1L << q : 0;
            }
            assertThat(mask.queries(head, firstQuery, count, key))
                    .as("head %d, %d queries from %d, key %d", head, count, firstQuery, key)
                    .isEqualTo(expected);
        }
    }

    /** Sides of 1, of whole blocks, and of any length, each often. */
    private static int side(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> 1;
            case 1 -> 16;
            case 2 -> 64;
            default -> 1 + random.nextInt(NamedMask.POSITIONS);
        };
    }

    @ParameterizedTest
    @MethodSource("masks")
    @Tag("numeric")
    void attentionUnderEveryMaskAgreesWithTheDefinition(NamedMask named) {
        AttentionInput input = new Shape(NamedMask.HEADS, 2, 97, 257, 32, 32).input(7);
        assertAgrees(input.withMask(named.mask()));
    }

    @ParameterizedTest
    @MethodSource("masks")
    @Tag("numeric")
    void positionsShiftTheMask(NamedMask named) {
        AttentionInput input = new Shape(NamedMask.HEADS, 4, 70, 131, 8, 13).input(8);
        assertAgrees(input.withMask(named.mask()).withPositions(201, 60));
        assertAgrees(input.withMask(named.mask()).withPositions(3, 189));
    }

    @Test
    void cheapMasksKnowTheirEmptyAndFullTiles() {
        AttentionMask causal = AttentionMask.causal();
        assertThat(causal.tile(0, 64, 64, 128, 64)).isEqualTo(Tile.EMPTY);
        assertThat(causal.tile(0, 64, 64, 0, 65)).isEqualTo(Tile.FULL);
        assertThat(causal.tile(0, 64, 64, 64, 64)).isEqualTo(Tile.PARTIAL);
        AttentionMask window = AttentionMask.slidingWindow(128);
        assertThat(window.tile(0, 256, 64, 0, 64)).isEqualTo(Tile.EMPTY);
        assertThat(window.tile(0, 256, 64, 192, 65)).isEqualTo(Tile.FULL);
        assertThat(window.tile(0, 256, 64, 320, 64)).isEqualTo(Tile.EMPTY);
        AttentionMask prefix = AttentionMask.prefix(64);
        assertThat(prefix.tile(0, 0, 64, 0, 64)).isEqualTo(Tile.FULL);
        assertThat(prefix.tile(0, 0, 64, 64, 64)).isEqualTo(Tile.EMPTY);
        AttentionMask padding = AttentionMask.padding(new int[] {64, 65}, 3);
        assertThat(padding.tile(2, 0, 64, 64, 64)).isEqualTo(Tile.EMPTY);
        assertThat(padding.tile(3, 0, 64, 64, 64)).isEqualTo(Tile.PARTIAL);
        AttentionMask documents = AttentionMask.documents(64, 64);
        assertThat(documents.tile(0, 0, 64, 64, 64)).isEqualTo(Tile.EMPTY);
        assertThat(documents.tile(0, 64, 64, 64, 64)).isEqualTo(Tile.FULL);
        assertThat(causal.and(documents).tile(0, 64, 64, 0, 64)).isEqualTo(Tile.EMPTY);
        assertThat(causal.or(documents).tile(0, 64, 64, 64, 64)).isEqualTo(Tile.FULL);
    }

    @Test
    void onlyPartialTilesAreAskedForPairs() {
        int length = 1000;
        int largestTile = 512;
        AttentionMask mask =
                AttentionMask.predicate(
                        (head, query, key) -> {
                            assertThat(Math.abs(key - length)).isLessThan(largestTile);
                            return key < length;
                        },
                        AttentionMask.padding(length)::tile);
        AttentionInput input = Shape.of(130, 2048, 16).input(9);
        AttentionOutput actual = Attention.forward(input.withMask(mask));
        assertAgrees(input.withMask(AttentionMask.padding(length)), actual);
    }

    @Test
    void aBoundAtTheLastPositionDoesNotOverflow() {
        int last = Integer.MAX_VALUE - 2;
        AttentionInput input = Shape.of(2, 2, 8).input(10).withPositions(last, last);
        assertAgrees(input.withMask(AttentionMask.causal()));
        assertAgrees(input.withMask(AttentionMask.slidingWindow(Integer.MAX_VALUE)));
        assertAgrees(
                input.withMask(AttentionMask.slidingWindow(Integer.MAX_VALUE, Integer.MAX_VALUE)));
        assertAgrees(input.withMask(AttentionMask.prefix(Integer.MAX_VALUE)));
        assertAgrees(input.withMask(AttentionMask.padding(Integer.MAX_VALUE)));
    }

    @Test
    void aDenseMaskStandsAtItsOrigin() {
        boolean[][][] allowed = {{{true, false, true}, {false, false, true}}};
        AttentionMask mask = AttentionMask.dense(allowed, 10, 20);
        assertThat(mask.allows(3, 10, 20)).isTrue();
        assertThat(mask.allows(0, 10, 21)).isFalse();
        assertThat(mask.allows(0, 11, 22)).isTrue();
        assertThat(mask.queries(0, 10, 2, 22)).isEqualTo(0b11);
        allowed[0][0][0] = false;
        assertThat(mask.allows(0, 10, 20)).as("a mask is a copy").isTrue();
    }

    @Test
    void heedsTheSequenceOfEachHeadInAFoldedBatch() {
        AttentionInput batch = new Shape(6, 6, 40, 70, 16, 16).input(11);
        AttentionMask mask = AttentionMask.padding(new int[] {70, 13}, 3);
        AttentionOutput folded = assertAgrees(batch.withMask(mask));
        AttentionInput second =
                AttentionInput.of(
                        batch.q().heads(3, 6), batch.k().heads(3, 6), batch.v().heads(3, 6));
        AttentionOutput alone = Attention.forward(second.withMask(AttentionMask.padding(13)));
        for (int head = 0; head < 3; head++) {
            for (int query = 0; query < 40; query++) {
                assertThat(folded.out().row(3 + head, query))
                        .isEqualTo(alone.out().row(head, query));
            }
        }
    }
}

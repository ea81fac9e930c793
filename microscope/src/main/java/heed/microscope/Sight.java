package heed.microscope;

import heed.attention.AttentionMask;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which units the queries of a block see, through the masks of their heads. */
public final class Sight {
    /** Keys that the mask is asked about together. */
    private static final int KEYS = 64;

    private record Through(AttentionMask mask, int head) {}

    private final AttentionTrace trace;
    private final UnitBlock block;
    private final int[] unitOf;
    private final Map<Through, List<BitSet>> known = new HashMap<>();

    public Sight(AttentionTrace trace, UnitBlock block, int[] unitOf) {
        this.trace = trace;
        this.block = block;
        this.unitOf = unitOf;
    }

    /** For each query of the block the units of which it sees a piece, in one head. */
    public List<BitSet> of(HeadId head) {
        return known.computeIfAbsent(
                new Through(trace.mask(head.layer()), head.head()), this::look);
    }

    /** For each query of the block the units of which it sees a piece in one of the heads. */
    public List<BitSet> of(List<HeadId> heads) {
        List<BitSet> all =
                block.queries().stream().map(_ -> new BitSet(block.units().size())).toList();
        heads.stream()
                .map(this::of)
                .distinct()
                .forEach(
                        seen -> {
                            for (int i = 0; i < all.size(); i++) {
                                all.get(i).or(seen.get(i));
                            }
                        });
        return all;
    }

    private List<BitSet> look(Through through) {
        return block.queries().stream().map(query -> look(through, query)).toList();
    }

    private BitSet look(Through through, int query) {
        Units.Unit unit = block.units().get(query);
        BitSet seen = new BitSet(block.units().size() + 1);
        for (int from = unit.firstPiece(); from < unit.endPiece(); ) {
            int count = Math.min(AttentionMask.MAX_QUERIES, unit.endPiece() - from);
            for (int key = 0; key < unitOf.length; key += KEYS) {
                look(through, from, count, key, Math.min(KEYS, unitOf.length - key), seen);
            }
            from += count;
        }
        seen.clear(block.units().size());
        return seen;
    }

    private void look(Through through, int query, int queries, int key, int keys, BitSet seen) {
        AttentionMask mask = through.mask();
        AttentionMask.Tile tile = mask.tile(through.head(), query, queries, key, keys);
        if (tile == AttentionMask.Tile.EMPTY) {
            return;
        }
        boolean all = tile == AttentionMask.Tile.FULL;
        for (int k = key; k < key + keys; k++) {
            if (all || mask.queries(through.head(), query, queries, k) != 0) {
                seen.set(unitOf[k]);
            }
        }
    }
}

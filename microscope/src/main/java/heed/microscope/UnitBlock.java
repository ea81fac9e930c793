package heed.microscope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Units whose rows are read together.
 *
 * @param units them all
 * @param queries those of the block, by their index, rising
 * @param pieces the pieces of the queries, one behind the other
 */
public record UnitBlock(Units units, List<Integer> queries, int[] pieces) {

    public UnitBlock {
        queries = List.copyOf(queries);
    }

    /**
     * Cuts queries into blocks.
     *
     * @param queries units by their index, rising
     * @param rows pieces of a block at most, unless a single unit has more
     */
    public static List<UnitBlock> of(Units units, List<Integer> queries, int rows) {
        List<UnitBlock> blocks = new ArrayList<>();
        List<Integer> open = new ArrayList<>();
        int size = 0;
        for (int query : queries) {
            if (size > 0 && size + units.get(query).size() > rows) {
                blocks.add(of(units, open));
                open.clear();
                size = 0;
            }
            open.add(query);
            size += units.get(query).size();
        }
        if (size > 0) {
            blocks.add(of(units, open));
        }
        return blocks;
    }

    private static UnitBlock of(Units units, List<Integer> queries) {
        int[] pieces =
                queries.stream()
                        .map(units::get)
                        .flatMapToInt(unit -> Arrays.stream(unit.pieces()))
                        .toArray();
        return new UnitBlock(units, queries, pieces);
    }
}

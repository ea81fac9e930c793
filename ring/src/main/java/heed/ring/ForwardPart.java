package heed.ring;

import heed.attention.Attention;
import heed.attention.AttentionOutput;
import heed.attention.Heads;
import heed.attention.OutputAccumulator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The forward pass of a part: each of its blocks of queries attends to the tiles one after another.
 *
 * @param pieces for every part the rows of its blocks
 */
record ForwardPart(RingInput input, List<List<Span>> pieces)
        implements RotatedPull.PartTask<RowBlock> {

    /** Queries at a time: as many as keep keys and values in the cache, and their own sums near. */
    private static final int QUERIES = 1024;

    /** Queries and what they have attended to so far. */
    private record Block(Span span, Heads q, OutputAccumulator attended) {}

    @Override
    public Iterator<RowBlock> run(int part, Iterator<KeyValueTile> tiles, int threads)
            throws IOException {
        List<Block> blocks = new ArrayList<>();
        for (Span span : pieces.get(part)) {
            Heads q = input.q().read(span.from(), span.to());
            OutputAccumulator nothing =
                    new OutputAccumulator(q.heads(), q.rows(), input.v().columns());
            blocks.add(new Block(span, q, nothing));
        }
        while (tiles.hasNext()) {
            attend(blocks, tiles.next(), threads);
        }
        return blocks.stream().flatMap(this::finish).iterator();
    }

    private void attend(List<Block> blocks, KeyValueTile tile, int threads) {
        Heads k = tile.k().values();
        Heads v = tile.v().values();
        for (Block block : blocks) {
            for (Span queries : block.span.pieces(QUERIES)) {
                if (input.sees(queries, tile.span())) {
                    attend(block, queries, k, v, tile.span().from(), threads);
                }
            }
        }
    }

    private void attend(Block block, Span queries, Heads k, Heads v, int firstKey, int threads) {
        block.attended.add(
                queries.from() - block.span.from(),
                Attention.forward(
                        input.attention(
                                queries.of(block.q, block.span), queries.from(), k, v, firstKey),
                        threads));
    }

    private Stream<RowBlock> finish(Block block) {
        addSinks(block);
        AttentionOutput output = block.attended.output();
        Heads lse = Heads.of(block.q.heads(), block.q.rows(), 1, output.lse());
        return Stream.of(
                RowBlock.of("out", block.span.from(), output.out()),
                RowBlock.of("lse", block.span.from(), lse));
    }

    /** A sink is a key without a value. */
    private void addSinks(Block block) {
        float[] sinks = input.sinks();
        if (sinks == null) {
            return;
        }
        int rows = block.q.rows();
        float[] lse = new float[sinks.length * rows];
        for (int i = 0; i < lse.length; i++) {
            lse[i] = sinks[i / rows];
        }
        block.attended.add(
                new AttentionOutput(Heads.zeros(sinks.length, rows, input.v().columns()), lse));
    }
}

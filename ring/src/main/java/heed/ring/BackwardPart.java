package heed.ring;

import heed.attention.Attention;
import heed.attention.AttentionGradients;
import heed.attention.AttentionOutput;
import heed.attention.Heads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import scala.Tuple2;

/**
 * The backward pass of a part (Dao 2023, §3.1.2): the gradients that its queries give to each tile
 * it pulls, and to themselves. All follows from the output and the log-sum-exps, which are those of
 * attention to all keys.
 *
 * @param out {@code [H, n, d_v]}
 * @param lse {@code [H, n, 1]}
 * @param dOut {@code [H, n, d_v]}
 * @param pieces for every part the rows of its blocks
 */
record BackwardPart(
        RingInput input, RowSource out, RowSource lse, RowSource dOut, List<List<Span>> pieces)
        implements RotatedPull.PartTask<Tuple2<GradientKey, RowBlock>> {

    /** Queries with all that belongs to them, and the sum of their gradients so far. */
    private record Block(Span span, Heads q, AttentionOutput output, Heads dOut, double[] dq) {}

    @Override
    public Iterator<Tuple2<GradientKey, RowBlock>> run(
            int part, Iterator<KeyValueTile> tiles, int threads) throws IOException {
        List<Block> blocks = new ArrayList<>();
        for (Span span : pieces.get(part)) {
            blocks.add(read(span));
        }
        Stream<Tuple2<GradientKey, RowBlock>> ofTiles =
                stream(tiles).flatMap(tile -> ofTile(part, blocks, tile, threads));
        Stream<Tuple2<GradientKey, RowBlock>> ofUnseen =
                pieces.get(part).stream()
                        .filter(keys -> blocks.stream().noneMatch(b -> input.sees(b.span, keys)))
                        .flatMap(keys -> zeros(part, keys));
        // dQ is whole once all tiles have been pulled.
        Stream<Tuple2<GradientKey, RowBlock>> ofQueries =
                blocks.stream().map(block -> ofQueries(part, block));
        // concat hands on as it goes; a flatMap would first hold all that the tiles get.
        return Stream.concat(ofTiles, Stream.concat(ofUnseen, ofQueries)).iterator();
    }

    private static <T> Stream<T> stream(Iterator<T> iterator) {
        Iterable<T> once = () -> iterator;
        return StreamSupport.stream(once.spliterator(), false);
    }

    private Block read(Span span) throws IOException {
        Heads q = input.q().read(span.from(), span.to());
        return new Block(
                span,
                q,
                new AttentionOutput(
                        out.read(span.from(), span.to()),
                        RowBlock.of("lse", span.from(), lse.read(span.from(), span.to()))
                                .values()
                                .data()),
                dOut.read(span.from(), span.to()),
                new double[q.heads() * q.rows() * q.columns()]);
    }

    /** dK and dV of a tile from all blocks; each block's share of dQ goes to its sum. */
    private Stream<Tuple2<GradientKey, RowBlock>> ofTile(
            int part, List<Block> blocks, KeyValueTile tile, int threads) {
        Heads k = tile.k().values();
        Heads v = tile.v().values();
        int from = tile.span().from();
        Heads dk = Heads.zeros(k.heads(), k.rows(), k.columns());
        Heads dv = Heads.zeros(v.heads(), v.rows(), v.columns());
        for (Block block : blocks) {
            if (!input.sees(block.span, tile.span())) {
                continue;
            }
            AttentionGradients gradients =
                    Attention.backward(
                            input.attention(block.q, block.span.from(), k, v, from),
                            block.output,
                            block.dOut,
                            threads);
            add(gradients.dq(), block.dq);
            add(gradients.dk(), dk.data());
            add(gradients.dv(), dv.data());
        }
        return ofKeys(part, from, dk, dv);
    }

    /** Keys of the part that its own queries do not see, and perhaps no query at all. */
    private Stream<Tuple2<GradientKey, RowBlock>> zeros(int part, Span keys) {
        int heads = input.k().heads();
        return ofKeys(
                part,
                keys.from(),
                Heads.zeros(heads, keys.rows(), input.k().columns()),
                Heads.zeros(heads, keys.rows(), input.v().columns()));
    }

    private static Stream<Tuple2<GradientKey, RowBlock>> ofKeys(
            int part, int from, Heads dk, Heads dv) {
        return Stream.of(
                new Tuple2<>(new GradientKey("dk", from, part), RowBlock.of("dk", from, dk)),
                new Tuple2<>(new GradientKey("dv", from, part), RowBlock.of("dv", from, dv)));
    }

    private static void add(Heads x, double[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += x.data()[i];
        }
    }

    private static void add(Heads x, float[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += x.data()[i];
        }
    }

    private static Tuple2<GradientKey, RowBlock> ofQueries(int part, Block block) {
        Heads dq = Heads.zeros(block.q.heads(), block.q.rows(), block.q.columns());
        for (int i = 0; i < block.dq.length; i++) {
            dq.data()[i] = (float) block.dq[i];
        }
        int from = block.span.from();
        return new Tuple2<>(new GradientKey("dq", from, part), RowBlock.of("dq", from, dq));
    }
}

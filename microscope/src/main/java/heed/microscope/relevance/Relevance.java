package heed.microscope.relevance;

import heed.microscope.AttentionTrace;
import heed.microscope.BufferPool;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.MemoryNeed;
import heed.microscope.ModelRun;
import heed.microscope.RowReader;
import heed.microscope.Sight;
import heed.microscope.Traversal;
import heed.microscope.UnitBlock;
import heed.microscope.UnitRow;
import heed.microscope.Units;
import heed.microscope.WeightRows;
import heed.transformer.model.PretrainedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * How much each unit of a text matters to some of them: row by row, so that nothing as large as a
 * matrix of all units is ever held.
 *
 * @param run what was read
 * @param measure how it is said
 * @param heads that are taken together; all of them for a measure of the whole model
 * @param units the words or pieces that rows and columns stand for
 */
public record Relevance(ModelRun run, Measure measure, List<HeadId> heads, Units units) {

    public Relevance {
        heads = List.copyOf(heads);
        if (measure.isOfWholeModel() && !heads.equals(run.trace().allHeads())) {
            throw new IllegalArgumentException(
                    "%s goes through all heads of all layers: none can be chosen"
                            .formatted(measure));
        }
    }

    /**
     * What a run must keep.
     *
     * @param queries the units whose rows will be read, by their index
     */
    public static AttentionTrace traceFor(Measure measure, Units units, List<Integer> queries) {
        return switch (measure) {
            case NORM, RAW -> {
                BitSet pieces = new BitSet();
                for (int query : queries) {
                    pieces.set(units.get(query).firstPiece(), units.get(query).endPiece());
                }
                yield AttentionTrace.ofQueries(pieces);
            }
            case ROLLOUT -> AttentionTrace.ofAll();
            case ALTI -> AttentionTrace.withResiduals();
        };
    }

    /**
     * The memory that reading a text takes, and then the rows of some of its tokens, but for what
     * is kept of them.
     *
     * @param queries tokens whose rows are read
     */
    public static MemoryNeed need(
            Measure measure, PretrainedModel model, long tokens, long queries) {
        long layers = model.attention().size();
        long features = model.attention().getFirst().features();
        long threads = Runtime.getRuntime().availableProcessors();
        long product =
                Double.BYTES
                        * (2 * tokens * Math.min(queries, LayerProduct.rowsTogether((int) tokens))
                                + LayerProduct.heldElements(tokens));
        return switch (measure) {
            case NORM ->
                    MemoryNeed.reading(model, tokens, queries)
                            .plus(MemoryNeed.traversal(tokens, Float.BYTES + Double.BYTES))
                            .plus(Double.BYTES * layers * model.heads() * tokens);
            case RAW ->
                    MemoryNeed.reading(model, tokens, queries)
                            .plus(MemoryNeed.traversal(tokens, Float.BYTES + Double.BYTES));
            case ROLLOUT ->
                    MemoryNeed.reading(model, tokens, tokens)
                            .plus(MemoryNeed.traversal(tokens, Float.BYTES + Double.BYTES))
                            .plus(product);
            case ALTI ->
                    MemoryNeed.reading(model, tokens, tokens)
                            .plus(
                                    MemoryNeed.traversal(
                                            tokens,
                                            Double.BYTES + (long) Float.BYTES * model.heads()))
                            .plus(product)
                            .plus(Float.BYTES * tokens * features * (layers + threads))
                            .plus(Float.BYTES * tokens * features * model.heads());
        };
    }

    /**
     * Reads the rows of some units.
     *
     * @param queries the units that look, by their index, rising
     * @param reader called once for each row, from any thread; what it returns of it is kept
     * @return what it returned, in the order of the queries
     */
    public <R> List<R> rows(List<Integer> queries, Function<UnitRow, R> reader, Listener listener) {
        return measure.isOfWholeModel()
                ? productRows(queries, reader, listener)
                : rows(queries, reader, _ -> new Nothing(), listener).stream()
                        .flatMap(both -> both.first().stream())
                        .toList();
    }

    /**
     * The same, and shows the rows of weights that it comes by to a second reader of each block.
     *
     * @param beside makes the second reader of a block
     * @return what both found, block by block
     */
    public <R, B> List<RowReader.Both<List<R>, B>> rows(
            List<Integer> queries,
            Function<UnitRow, R> reader,
            Function<UnitBlock, RowReader<B>> beside,
            Listener listener) {
        List<UnitBlock> blocks = UnitBlock.of(units, queries, Traversal.BLOCK);
        List<int[]> pieces = blocks.stream().map(UnitBlock::pieces).toList();
        if (!measure.isOfWholeModel()) {
            Function<HeadId, double[]> factors = factors();
            int[] unitOf = units.ofPieces(run.trace().tokens());
            int rows = blocks.stream().mapToInt(block -> block.queries().size()).max().orElse(0);
            BufferPool<double[][]> sums =
                    new BufferPool<>(() -> new double[rows][units.size() + 1]);
            return Traversal.read(
                    run.trace(),
                    heads,
                    pieces,
                    b ->
                            RowReader.both(
                                    summing(blocks.get(b), unitOf, factors, reader, sums),
                                    beside.apply(blocks.get(b))),
                    listener);
        }
        List<R> product = productRows(queries, reader, listener);
        List<B> others =
                Traversal.read(
                        run.trace(), heads, pieces, b -> beside.apply(blocks.get(b)), listener);
        List<RowReader.Both<List<R>, B>> both = new ArrayList<>();
        int at = 0;
        for (int b = 0; b < blocks.size(); b++) {
            int end = at + blocks.get(b).queries().size();
            both.add(new RowReader.Both<>(product.subList(at, end), others.get(b)));
            at = end;
        }
        return both;
    }

    private <R> RelevanceReader<R> summing(
            UnitBlock block,
            int[] unitOf,
            Function<HeadId, double[]> factors,
            Function<UnitRow, R> reader,
            BufferPool<double[][]> sums) {
        List<BitSet> seen = new Sight(run.trace(), block, unitOf).of(heads);
        return new RelevanceReader<>(block, unitOf, seen, factors, reader, sums);
    }

    /** What the weight of each token is multiplied by in a head. */
    private Function<HeadId, double[]> factors() {
        if (measure == Measure.RAW) {
            double[] share = new double[run.trace().tokens()];
            Arrays.fill(share, 1.0 / heads.size());
            return _ -> share;
        }
        ContributionNorms norms = ContributionNorms.of(run.trace(), run.model().attention(), heads);
        return head -> Objects.requireNonNull(norms.ofHead().get(head));
    }

    private <R> List<R> productRows(
            List<Integer> queries, Function<UnitRow, R> reader, Listener listener) {
        int n = run.trace().tokens();
        int[] unitOf = units.ofPieces(n);
        LayerMatrix matrix =
                measure == Measure.ALTI ? new AltiMatrix(run) : new RolloutMatrix(run.trace());
        LayerProduct product = new LayerProduct(matrix, run.trace().layers(), n);
        List<UnitBlock> blocks = UnitBlock.of(units, queries, LayerProduct.rowsTogether(n));
        List<R> results = new ArrayList<>();
        for (int b = 0; b < blocks.size(); b++) {
            UnitBlock block = blocks.get(b);
            List<BitSet> seen = new Sight(run.trace(), block, unitOf).of(heads);
            double[][] rows = product.rows(block.pieces(), b, blocks.size(), listener);
            int row = 0;
            for (int q = 0; q < block.queries().size(); q++) {
                int query = block.queries().get(q);
                double[] sums = new double[units.size() + 1];
                int end = row + units.get(query).size();
                for (; row < end; row++) {
                    for (int key = 0; key < n; key++) {
                        sums[unitOf[key]] += rows[row][key];
                    }
                }
                results.add(
                        reader.apply(
                                RelevanceReader.row(
                                        query, sums, units.get(query).size(), seen.get(q))));
            }
        }
        return results;
    }

    /** Reads nothing. */
    private record Nothing() implements RowReader<Nothing> {
        @Override
        public void read(WeightRows rows) {}

        @Override
        public Nothing result() {
            return this;
        }
    }
}

package heed.microscope.heads;

import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.RowReader;
import heed.microscope.Traversal;
import heed.microscope.WeightRows;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.List;

/** Measures every head of a model on one text after another. Not for several threads. */
public final class HeadProfiler {
    private final List<HeadId> heads;
    private final List<HeadSums> sums = new ArrayList<>();
    private final List<Variability> variability = new ArrayList<>();

    /**
     * @param heads those to measure
     */
    public HeadProfiler(List<HeadId> heads) {
        this.heads = List.copyOf(heads);
        heads.forEach(
                _ -> {
                    sums.add(new HeadSums());
                    variability.add(new Variability());
                });
    }

    /** Takes in what a model read; its trace has kept all queries. */
    public void add(ModelRun run, Listener listener) {
        Text text = Text.of(run);
        boolean corner = run.tokens().size() >= Variability.TOKENS;
        List<Found> found =
                Traversal.read(
                        run.trace(),
                        heads,
                        Traversal.blocksOfAll(run.tokens().size()),
                        block -> new Reader(text, block == 0 && corner),
                        listener);
        for (Found part : found) {
            for (int head = 0; head < heads.size(); head++) {
                sums.get(head).add(part.sums().get(head));
            }
        }
        for (int head = 0; corner && head < heads.size(); head++) {
            variability.get(head).add(found.getFirst().corners().get(head));
        }
    }

    /** What was measured of each head, in order. */
    public List<HeadProfile> profiles() {
        List<HeadProfile> profiles = new ArrayList<>();
        for (int head = 0; head < heads.size(); head++) {
            profiles.add(sums.get(head).profile(heads.get(head), variability.get(head).value()));
        }
        return profiles;
    }

    /** What a row's measures need to know of its text. */
    private record Text(
            boolean causal, boolean[] special, boolean anySpecial, RepeatedTokens copies) {

        static Text of(ModelRun run) {
            List<Tokens.Piece> pieces = run.tokens().pieces();
            boolean[] special = new boolean[pieces.size()];
            boolean any = false;
            for (int i = 0; i < special.length; i++) {
                special[i] = pieces.get(i).special();
                any |= special[i];
            }
            return new Text(
                    run.model().isCausal(),
                    special,
                    any,
                    new RepeatedTokens(run.tokens().ids(), special));
        }
    }

    /** Sums of each head over a block's rows, and the corner of the first block. */
    private record Found(List<HeadSums> sums, List<float[]> corners) {}

    private static final class Reader implements RowReader<Found> {
        private final Text text;
        private final boolean corner;
        private final Found found = new Found(new ArrayList<>(), new ArrayList<>());

        Reader(Text text, boolean corner) {
            this.text = text;
            this.corner = corner;
        }

        @Override
        public void read(WeightRows rows) {
            HeadSums sums = new HeadSums();
            int from = rows.reach().from();
            int end = rows.reach().end();
            for (int i = 0; i < rows.size(); i++) {
                sums.add(
                        rows.row(i),
                        from,
                        end,
                        rows.queries()[i],
                        text.causal(),
                        text.special(),
                        text.anySpecial(),
                        text.copies());
            }
            found.sums().add(sums);
            if (corner) {
                float[] weights = new float[Variability.TOKENS * Variability.TOKENS];
                for (int i = 0; i < Variability.TOKENS; i++) {
                    int count = Math.min(Variability.TOKENS, end);
                    System.arraycopy(rows.row(i), 0, weights, i * Variability.TOKENS, count);
                }
                found.corners().add(weights);
            }
        }

        @Override
        public Found result() {
            return found;
        }
    }
}

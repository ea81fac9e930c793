package heed.microscope.coreference;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.RowReader;
import heed.microscope.Traversal;
import heed.microscope.Units;
import heed.microscope.WeightRows;
import heed.microscope.WordAlignment;
import heed.microscope.WordAlignment.Span;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Relevance;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Scores heads and measures on cases of reference. */
public final class PairScorer {
    private static final String WHAT = "cases";
    private static final List<Measure> MEASURES = List.of(Measure.values());

    /** What was right in one case: each head, then each measure. */
    private record Outcome(String pair, boolean nearest, boolean[] right) {}

    /** Where the three spans of a case lie among the units of its text. */
    private record Places(Units units, int refers, int right, int wrong) {}

    /**
     * Scores every head of a model, and every measure over all heads.
     *
     * @throws QuestionException if no case can be scored
     */
    public static PairScores score(
            PretrainedModel model, List<ReferenceCase> cases, Listener listener) {
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            outcome(model, cases.get(i)).ifPresent(outcomes::add);
            listener.done(WHAT, i + 1, cases.size());
        }
        if (outcomes.isEmpty()) {
            throw new QuestionException(
                    "none of the %d cases can be read by %s".formatted(cases.size(), model.name()));
        }
        return scores(model, outcomes, cases.size() - outcomes.size());
    }

    private static Optional<Outcome> outcome(PretrainedModel model, ReferenceCase reference) {
        Tokens tokens = model.tokenizer().encode(reference.text());
        Optional<Places> found = places(tokens, reference);
        if (tokens.size() > model.positions() || found.isEmpty()) {
            return Optional.empty();
        }
        Relevance.need(Measure.ALTI, model, tokens.size(), tokens.size())
                .check("a case of %,d tokens".formatted(tokens.size()), "give shorter ones");
        Places places = found.get();
        ModelRun run = ModelRun.of(model, tokens, AttentionTrace.withResiduals(), Listener.none());
        List<HeadId> heads = run.trace().allHeads();
        boolean[] right = new boolean[heads.size() + MEASURES.size()];
        Units.Unit refers = places.units().get(places.refers());
        int[] unitOf = places.units().ofPieces(tokens.size());
        Traversal.readBlock(
                run.trace(),
                heads,
                refers.pieces(),
                new RowReader<boolean[]>() {
                    private int head;

                    @Override
                    public void read(WeightRows rows) {
                        double[] sums = new double[places.units().size() + 1];
                        for (int row = 0; row < rows.size(); row++) {
                            for (int k = rows.reach().from(); k < rows.reach().end(); k++) {
                                sums[unitOf[k]] += rows.row(row)[k];
                            }
                        }
                        right[head++] = sums[places.right()] > sums[places.wrong()];
                    }

                    @Override
                    public boolean[] result() {
                        return right;
                    }
                });
        for (Measure measure : MEASURES) {
            double[] row =
                    new Relevance(run, measure, heads, places.units())
                            .rows(List.of(places.refers()), r -> r.weights(), Listener.none())
                            .getFirst();
            right[heads.size() + MEASURES.indexOf(measure)] =
                    row[places.right()] > row[places.wrong()] || Double.isNaN(row[places.wrong()]);
        }
        return Optional.of(new Outcome(reference.pair(), reference.isRightNearest(), right));
    }

    /** Nothing if a span has no piece, or shares all of its pieces with another. */
    private static Optional<Places> places(Tokens tokens, ReferenceCase reference) {
        List<Span> spans =
                Stream.of(reference.refers(), reference.right(), reference.wrong())
                        .sorted(Comparator.comparingInt(Span::start))
                        .toList();
        WordAlignment alignment = WordAlignment.of(tokens, spans);
        int refers = alignment.unitOf()[spans.indexOf(reference.refers())];
        int right = alignment.unitOf()[spans.indexOf(reference.right())];
        int wrong = alignment.unitOf()[spans.indexOf(reference.wrong())];
        return Math.min(refers, Math.min(right, wrong)) < 0
                ? Optional.empty()
                : Optional.of(new Places(alignment.units(), refers, right, wrong));
    }

    private static PairScores scores(PretrainedModel model, List<Outcome> outcomes, int leftOut) {
        Map<String, List<Outcome>> groups = new LinkedHashMap<>();
        outcomes.forEach(o -> groups.computeIfAbsent(o.pair(), _ -> new ArrayList<>()).add(o));
        List<List<Outcome>> pairs = groups.values().stream().filter(g -> g.size() > 1).toList();
        List<HeadId> heads = HeadId.all(model.attention().size(), model.heads());
        List<PairScores.HeadScore> ofHeads = new ArrayList<>();
        for (int head = 0; head < heads.size(); head++) {
            ofHeads.add(new PairScores.HeadScore(heads.get(head), score(outcomes, pairs, head)));
        }
        Map<Measure, PairScores.Score> measures = new EnumMap<>(Measure.class);
        for (Measure measure : MEASURES) {
            measures.put(measure, score(outcomes, pairs, heads.size() + MEASURES.indexOf(measure)));
        }
        double nearest = outcomes.stream().filter(Outcome::nearest).count();
        return new PairScores(
                outcomes.size(),
                pairs.size(),
                leftOut,
                nearest / outcomes.size(),
                ofHeads,
                measures);
    }

    private static PairScores.Score score(
            List<Outcome> outcomes, List<List<Outcome>> pairs, int which) {
        double right = outcomes.stream().filter(o -> o.right()[which]).count();
        double both =
                pairs.stream().filter(p -> p.stream().allMatch(o -> o.right()[which])).count();
        return new PairScores.Score(
                right / outcomes.size(), pairs.isEmpty() ? Double.NaN : both / pairs.size());
    }

    private PairScorer() {}
}

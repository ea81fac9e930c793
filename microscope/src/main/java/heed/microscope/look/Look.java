package heed.microscope.look;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.MemoryNeed;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.RowReader;
import heed.microscope.Sight;
import heed.microscope.UnitBlock;
import heed.microscope.Units;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Relevance;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A question about a text: which tokens does each token attend to?
 *
 * @param measure how that is said
 * @param selection the heads to take together
 * @param token the unit to look from, or null for every one
 * @param top targets of a unit, largest first; 0 for all in text order
 * @param pieces whether units are the model's own pieces, not words
 * @param special whether special tokens are in sight
 */
public record Look(
        Measure measure,
        Selection selection,
        @Nullable TokenChoice token,
        int top,
        boolean pieces,
        boolean special) {

    /** Heads to name for a unit that was chosen, and for each unit if none was. */
    private static final int HEADS_OF_CHOSEN = 5;

    private static final int HEADS_OF_EACH = 3;
    private static final int TARGETS_OF_HEAD = 3;

    /** Bytes of a target as it is found and printed, and of a unit with its heads. */
    private static final long TARGET_BYTES = 100;

    private static final long UNIT_BYTES = 1500;

    public Look {
        if (top < 0) {
            throw new QuestionException("the targets of a token are 0 (all) or more, not " + top);
        }
        if (measure.isOfWholeModel() && !(selection instanceof Selection.All)) {
            throw new QuestionException(
                    "%s goes through all layers: choose no head and no layer, or raw or norm"
                            .formatted(measure.name().toLowerCase(Locale.ROOT)));
        }
    }

    /**
     * Has the model read a text, and looks at its attention.
     *
     * @throws QuestionException if the text, the token or the heads do not fit the model, or the
     *     answer does not fit the memory
     */
    public LookResult at(PretrainedModel model, String text, Listener listener) {
        return at(model, ModelRun.encode(model, text), Optional.empty(), listener);
    }

    /**
     * Has an encoder read two texts as one input, and looks at its attention.
     *
     * @throws QuestionException as {@link #at(PretrainedModel, String, Listener)}, or if the model
     *     is a decoder
     */
    public LookResult at(PretrainedModel model, String first, String second, Listener listener) {
        Tokens tokens = ModelRun.encode(model, first, second);
        return at(model, tokens, Optional.of(first.length()), listener);
    }

    /** The units of a text that are in sight. */
    public Units unitsOf(Tokens tokens) {
        Units units = pieces ? Units.pieces(tokens) : Units.words(tokens);
        return special ? units : units.withoutSpecial();
    }

    /**
     * The same of each chosen head by itself, in order; the model reads the text once.
     *
     * @throws QuestionException as {@link #at(PretrainedModel, String, Listener)}
     */
    public List<LookResult> ofEachHead(PretrainedModel model, String text, Listener listener) {
        Tokens tokens = ModelRun.encode(model, text);
        checkLength(model, tokens);
        Units units = unitsIn(tokens);
        List<Integer> queries = queries(units);
        List<HeadId> heads = selection.in(model);
        need(model, tokens.size(), units, queries, heads.size())
                .check(
                        "looking at %,d tokens in %,d heads".formatted(tokens.size(), heads.size()),
                        "look at a shorter text, or at one head");
        AttentionTrace trace = Relevance.traceFor(measure, units, queries);
        ModelRun run = ModelRun.of(model, tokens, trace, listener);
        List<LookResult> results = new ArrayList<>();
        for (HeadId head : heads) {
            Look one = new Look(measure, Selection.of(head), token, top, pieces, special);
            results.add(one.read(run, units, List.of(head), queries, Optional.empty(), listener));
        }
        return results;
    }

    /**
     * The same, of which there is at least one.
     *
     * @throws QuestionException if there is none
     */
    public Units unitsIn(Tokens tokens) {
        Units units = unitsOf(tokens);
        if (units.size() == 0) {
            throw new QuestionException("the text has no words: give at least one");
        }
        return units;
    }

    private List<Integer> queries(Units units) {
        return token == null ? IntStream.range(0, units.size()).boxed().toList() : token.in(units);
    }

    private LookResult at(
            PretrainedModel model, Tokens tokens, Optional<Integer> endOfFirst, Listener listener) {
        checkLength(model, tokens);
        Units units = unitsIn(tokens);
        List<Integer> queries = queries(units);
        List<HeadId> heads = selection.in(model);
        need(model, tokens.size(), units, queries, 1)
                .check(
                        "looking at %,d tokens".formatted(tokens.size()),
                        instead(queries.size(), units.size()));
        AttentionTrace trace = Relevance.traceFor(measure, units, queries);
        ModelRun run = ModelRun.of(model, tokens, trace, listener);
        return read(run, units, heads, queries, endOfFirst, listener);
    }

    private String instead(int queries, int units) {
        return queries < units
                ? "look at a shorter text"
                : top == 0
                        ? "take the largest targets alone, export the weights to a file, or look at a shorter text"
                        : "look from one word alone, or at a shorter text";
    }

    /**
     * Refuses a text that is too long for a model.
     *
     * @throws QuestionException if it has more tokens than the model reads
     */
    public static void checkLength(PretrainedModel model, Tokens tokens) {
        if (tokens.size() > model.positions()) {
            throw new QuestionException(
                    "the text has %d tokens, %s reads at most %d: look at a shorter part"
                            .formatted(tokens.size(), model.name(), model.positions()));
        }
    }

    /**
     * @param answers how many there will be at a time
     */
    private MemoryNeed need(
            PretrainedModel model, long tokens, Units units, List<Integer> queries, int answers) {
        long pieces = queries.stream().mapToLong(query -> units.get(query).size()).sum();
        long targets = (long) queries.size() * (top == 0 ? units.size() : top);
        return Relevance.need(measure, model, tokens, pieces)
                .plus(answers * (targets * TARGET_BYTES + queries.size() * UNIT_BYTES));
    }

    private LookResult read(
            ModelRun run,
            Units units,
            List<HeadId> heads,
            List<Integer> queries,
            Optional<Integer> endOfFirst,
            Listener listener) {
        int[] unitOf = units.ofPieces(run.trace().tokens());
        Focus.Scale scale =
                measure == Measure.RAW ? Focus.Scale.UNTOUCHED : Focus.Scale.OTHERS_ONLY;
        int ranked = token == null ? HEADS_OF_EACH : HEADS_OF_CHOSEN;
        Optional<TextShares> shares =
                endOfFirst.map(end -> new TextShares(run.tokens(), units, end));
        Function<UnitBlock, RowReader<List<HeadFocus>>> ranking =
                block ->
                        new HeadRanking(
                                block,
                                unitOf,
                                new Sight(run.trace(), block, unitOf),
                                selection instanceof Selection.OfHead ? 0 : ranked,
                                TARGETS_OF_HEAD);
        Relevance relevance = new Relevance(run, measure, heads, units);
        List<Focus> foci = new ArrayList<>();
        List<HeadFocus> hardest = new ArrayList<>();
        for (var both :
                relevance.rows(
                        queries,
                        row -> {
                            shares.ifPresent(s -> s.add(row));
                            return Focus.of(row, scale, top);
                        },
                        ranking,
                        listener)) {
            foci.addAll(both.first());
            hardest.addAll(both.second());
        }
        return new LookResult(
                this,
                run.tokens(),
                heads.size(),
                units,
                run.trace().isMasked(heads),
                foci,
                hardest,
                shares.map(TextShares::result));
    }
}

package heed.app;

import heed.microscope.AttentionTrace;
import heed.microscope.Focus;
import heed.microscope.HeadId;
import heed.microscope.HeadRanking;
import heed.microscope.Relevance;
import heed.microscope.Relevance.Measure;
import heed.microscope.Units;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What to look for in a text: the options of {@code look}.
 *
 * @param model what the user calls the model
 * @param head one head alone, or null
 * @param layer the heads of one layer alone, or null
 * @param token the word to look from, {@code WORD} or {@code WORD:K}; null for every word
 * @param top targets of a query, 0 for all in text order
 * @param pieces whether to look at pieces instead of words
 * @param special whether special tokens are in sight
 */
record Look(
        String model,
        Measure measure,
        @Nullable HeadId head,
        @Nullable Integer layer,
        @Nullable String token,
        int top,
        boolean pieces,
        boolean special) {

    /** Heads to name for a token that was chosen, and for each token if none was. */
    private static final int HEADS_OF_CHOSEN = 5;

    private static final int HEADS_OF_EACH = 3;
    private static final int TARGETS_OF_HEAD = 3;

    private static final Pattern OCCURRENCE = Pattern.compile("(.+):(\\d{1,6})");

    /**
     * Runs the model over the text and reads its attention.
     *
     * @param source where the model is
     * @throws BadInputException if the text, the token or the head do not fit the model
     */
    LookResult at(String text, String source) throws IOException {
        try (PretrainedModel opened = PretrainedModel.open(source)) {
            Tokens tokens = opened.tokenizer().encode(text);
            checkLength(tokens, opened);
            Units units = pieces ? Units.pieces(tokens) : Units.words(tokens);
            if (!special) {
                units = units.withoutSpecial();
            }
            List<Integer> queries = queries(units);
            List<HeadId> heads = heads(opened.attention().size(), opened.heads());
            AttentionTrace trace = new AttentionTrace();
            opened.read(tokens.ids(), trace);
            return read(text, opened, trace, units, heads, queries);
        }
    }

    private LookResult read(
            String text,
            PretrainedModel model,
            AttentionTrace trace,
            Units units,
            List<HeadId> heads,
            List<Integer> queries) {
        double[][] relevance =
                switch (measure) {
                    case NORM -> Relevance.normWeighted(trace, model.attention(), heads);
                    case RAW -> Relevance.raw(trace, heads);
                    case ROLLOUT -> Relevance.rollout(trace);
                };
        double[][] matrix = units.group(relevance, trace.visible(heads));
        double[] hidden = units.outside(relevance);
        Focus.Scale scale =
                measure == Measure.RAW ? Focus.Scale.UNTOUCHED : Focus.Scale.OTHERS_ONLY;
        HeadRanking ranking = new HeadRanking(trace, head == null ? heads : List.of(), units);
        List<Focus> foci = new ArrayList<>();
        List<HeadRanking.Entry> hardest = new ArrayList<>();
        for (int query : queries) {
            foci.add(Focus.of(matrix[query], hidden[query], query, scale, top));
            hardest.addAll(
                    ranking.hardest(
                            query,
                            token == null ? HEADS_OF_EACH : HEADS_OF_CHOSEN,
                            TARGETS_OF_HEAD));
        }
        return new LookResult(
                this,
                text,
                heads.size(),
                units.list().stream().map(Units.Unit::text).toList(),
                Arrays.stream(matrix).flatMapToDouble(Arrays::stream).anyMatch(Double::isNaN),
                foci,
                hardest);
    }

    private void checkLength(Tokens tokens, PretrainedModel opened) {
        int limit = opened.positions();
        if (tokens.size() > limit) {
            throw new BadInputException(
                    "the text has %d tokens, %s reads at most %d: look at a shorter part"
                            .formatted(tokens.size(), model, limit));
        }
    }

    /** The heads to take together. */
    private List<HeadId> heads(int layers, int headsOfLayer) {
        Integer only = head != null ? Integer.valueOf(head.layer()) : layer;
        if (only != null && (only < 0 || only >= layers)) {
            throw new BadInputException(
                    "there is no layer %d: %s has layers 0 to %d"
                            .formatted(only, model, layers - 1));
        }
        if (head != null && head.head() >= headsOfLayer) {
            throw new BadInputException(
                    "there is no head %s: a layer of %s has heads 0 to %d"
                            .formatted(head, model, headsOfLayer - 1));
        }
        return IntStream.range(0, layers * headsOfLayer)
                .mapToObj(i -> new HeadId(i / headsOfLayer, i % headsOfLayer))
                .filter(id -> only == null || id.layer() == only)
                .filter(id -> head == null || id.equals(head))
                .toList();
    }

    /** The tokens to look from. */
    private List<Integer> queries(Units units) {
        List<Integer> all = IntStream.range(0, units.size()).boxed().toList();
        if (all.isEmpty()) {
            throw new BadInputException("the text has no words: give at least one");
        }
        if (token == null) {
            return all;
        }
        List<Integer> found = occurrences(units, token);
        if (!found.isEmpty()) {
            return found;
        }
        Matcher numbered = OCCURRENCE.matcher(token);
        if (!numbered.matches()) {
            throw new BadInputException(
                    "there is no token '%s' in the text: it has %s"
                            .formatted(token, listed(units)));
        }
        String word = numbered.group(1);
        int occurrence = Integer.parseInt(numbered.group(2));
        found = occurrences(units, word);
        if (occurrence < 1 || occurrence > found.size()) {
            throw new BadInputException(
                    "there is no occurrence %d of '%s' in the text: it is there %d times"
                            .formatted(occurrence, word, found.size()));
        }
        return List.of(found.get(occurrence - 1));
    }

    /** Where a word stands; upper and lower case are told apart only if that finds it. */
    private static List<Integer> occurrences(Units units, String word) {
        List<Integer> exact =
                IntStream.range(0, units.size())
                        .filter(i -> units.get(i).text().equals(word))
                        .boxed()
                        .toList();
        return exact.isEmpty()
                ? IntStream.range(0, units.size())
                        .filter(i -> units.get(i).text().equalsIgnoreCase(word))
                        .boxed()
                        .toList()
                : exact;
    }

    private static String listed(Units units) {
        String list =
                String.join(" ", units.list().stream().map(Units.Unit::text).distinct().toList());
        return Terminal.shortened(list, 120);
    }
}

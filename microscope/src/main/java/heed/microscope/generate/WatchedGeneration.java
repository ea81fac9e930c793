package heed.microscope.generate;

import heed.attention.AttentionInput;
import heed.attention.AttentionOutput;
import heed.attention.KvCache;
import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.MemoryNeed;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.look.Look;
import heed.microscope.look.Selection;
import heed.transformer.generate.Sampler;
import heed.transformer.generate.TextGenerator;
import heed.transformer.layer.AttentionProbe;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/**
 * A decoder goes on with a text, over its cache, while somebody watches: each token with the
 * likeliest ones of the whole vocabulary, and what the model attended to as it chose it. One thread
 * runs it; any may stop it.
 */
public final class WatchedGeneration {
    /** Likeliest tokens that are told of each step. */
    public static final int ALTERNATIVES = 10;

    private final PretrainedDecoder decoder;
    private final Tokens prompt;
    private final int most;
    private final Sampler.Settings settings;
    private final PieceTexts texts;
    private final AttentionTrace trace = AttentionTrace.ofAll();
    private volatile boolean stopped;

    /**
     * A token that may come.
     *
     * @param text what it would add to the text; U+FFFD for a part of a character, empty for a
     *     special token
     * @param probability by the softmax over the whole vocabulary, before temperature and limits
     */
    public record Candidate(int id, String text, double probability) {}

    /**
     * A token that came.
     *
     * @param place its place in the text, the prompt's tokens included
     * @param token the token itself
     * @param likeliest {@value #ALTERNATIVES} at most, the likeliest first
     * @param rest the probability of all others together
     */
    public record Step(int place, Candidate token, List<Candidate> likeliest, double rest) {
        public Step {
            likeliest = List.copyOf(likeliest);
        }
    }

    /**
     * Prepares it: reads nothing yet.
     *
     * @param most tokens to come at most
     * @throws QuestionException if the model makes no text, the prompt has no token or more than
     *     the model reads, or the run does not fit the memory
     */
    public WatchedGeneration(
            PretrainedDecoder decoder, String prompt, int most, Sampler.Settings settings) {
        this.decoder = decoder;
        this.most = most;
        this.settings = settings;
        if (!decoder.model().hasLogits()) {
            throw new QuestionException(
                    "%s has no output layer: it makes vectors of texts, and writes none"
                            .formatted(decoder.name()));
        }
        if (most < 1) {
            throw new QuestionException(
                    "%d tokens to come are none: take 1 or more".formatted(most));
        }
        this.prompt = ModelRun.encode(decoder, prompt);
        if (this.prompt.size() == 0) {
            throw new QuestionException("the prompt is empty: give a text to go on with");
        }
        Look.checkLength(decoder, this.prompt);
        long room = Math.min(decoder.positions(), (long) this.prompt.size() + most);
        MemoryNeed.reading(decoder, room, room)
                .check("going on to %,d tokens".formatted(room), "ask for fewer");
        texts = new PieceTexts(decoder.tokenizer(), this.prompt);
    }

    /** The texts of the prompt's tokens. */
    public List<String> promptTexts() {
        return texts.all().subList(0, prompt.size());
    }

    /**
     * Goes on.
     *
     * @param listener told of each token when it comes; it may ask for the row of the same
     * @return why no more came; empty if it was stopped
     */
    public Optional<TextGenerator.Stop> run(Consumer<Step> listener) {
        try {
            return Optional.of(
                    new TextGenerator(decoder, ALTERNATIVES)
                            .generate(
                                    prompt.ids(),
                                    most,
                                    new Sampler(settings),
                                    KvCache.Storage.FLOAT32,
                                    List.of(),
                                    new Watch(),
                                    step -> listener.accept(came(step)))
                            .stop());
        } catch (Stopped _) {
            return Optional.empty();
        }
    }

    /** Has it end before the next layer is done. */
    public void stop() {
        stopped = true;
    }

    private Step came(TextGenerator.Step step) {
        List<Candidate> likeliest =
                step.top().stream().map(each -> candidate(each.id(), each.logprob())).toList();
        double rest = 1 - likeliest.stream().mapToDouble(Candidate::probability).sum();
        Candidate token = candidate(step.id(), step.logprob());
        int place = texts.add(token.id());
        return new Step(place, token, likeliest, Math.max(0, rest));
    }

    private Candidate candidate(int id, double logprob) {
        return new Candidate(id, texts.next(id), Math.exp(logprob));
    }

    /**
     * What the model attended to as it chose a token: the weights that the token before it gives to
     * all up to itself, averaged over heads.
     *
     * @param place of the token that came
     * @return {@code [place]} weights
     * @throws QuestionException if the model has no such head
     * @throws IllegalArgumentException if no such token came
     */
    public double[] row(Selection selection, int place) {
        if (place < prompt.size() || place >= texts.all().size()) {
            throw new IllegalArgumentException("no token came at place %d".formatted(place));
        }
        List<HeadId> heads = selection.in(decoder);
        double[] mean = new double[place];
        for (HeadId head : heads) {
            float[] row = trace.weights(head.layer(), place - 1).row(head.head(), 0);
            for (int key = 0; key < place; key++) {
                mean[key] += (double) row[key] / heads.size();
            }
        }
        return mean;
    }

    /** {@link #row} of every token that came, in order. */
    public List<double[]> rows(Selection selection) {
        List<double[]> rows = new ArrayList<>();
        for (int place = prompt.size(); place < texts.all().size(); place++) {
            rows.add(row(selection, place));
        }
        return rows;
    }

    /** Records the run, and ends it where it was stopped. */
    private final class Watch implements AttentionProbe {
        @Override
        public void attended(int layer, AttentionInput input, AttentionOutput output) {
            if (stopped) {
                throw new Stopped();
            }
            trace.attended(layer, input, output);
        }
    }

    private static final class Stopped extends CancellationException {
        private static final long serialVersionUID = 1;
    }
}

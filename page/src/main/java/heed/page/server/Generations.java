package heed.page.server;

import static heed.page.answer.Answers.rounded;
import static heed.page.server.Fields.number;
import static heed.page.server.Fields.real;
import static heed.page.server.Fields.text;
import static heed.page.server.Fields.textOrNone;
import static heed.page.server.Fields.whole;

import heed.microscope.HeadId;
import heed.microscope.QuestionException;
import heed.microscope.generate.WatchedGeneration;
import heed.microscope.look.Selection;
import heed.page.answer.Answers;
import heed.transformer.generate.Sampler;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.model.PretrainedEncoder;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Texts that decoders go on with, told token by token. One at a time: a page that begins another
 * ends its own, and is refused while another page's goes on. The last one is kept, so that its
 * tokens can be looked at by other heads.
 */
final class Generations implements AutoCloseable {
    /** Tokens of a prompt at most, and as many to come. */
    private static final int MOST_TOKENS = 512;

    private static final double HOTTEST = 100;

    /** How long the one before may take to end: it reads on to the end of a layer. */
    private static final int SECONDS_TO_END = 20;

    private static final System.Logger LOG = System.getLogger(Generations.class.getName());

    private final ModelShelf shelf;
    private @Nullable Run running;
    private @Nullable Run last;
    private long runs;

    /** One generation, and the page whose it is. */
    private record Run(
            String page, long number, WatchedGeneration generation, CountDownLatch ended) {}

    Generations(ModelShelf shelf) {
        this.shelf = shelf;
    }

    /**
     * Tells {@code begin}, {@code token} for each, and {@code end}, or {@code error}.
     *
     * @param events takes the name and the data of each; it ends when this throws an {@link
     *     UncheckedIOException}, since nobody listens any more
     * @throws QuestionException if it cannot begin
     */
    void generate(JsonNode question, BiConsumer<String, Object> events) {
        PretrainedDecoder decoder = decoder(question);
        Selection selection = selection(question);
        var _ = selection.in(decoder);
        Run run =
                new Run(
                        text(question, "page"),
                        nextNumber(),
                        generation(decoder, question),
                        new CountDownLatch(1));
        enter(run);
        try {
            send(run, selection, events);
        } catch (UncheckedIOException gone) {
            LOG.log(System.Logger.Level.DEBUG, "nobody listens any more", gone);
        } finally {
            leave(run);
        }
    }

    private void send(Run run, Selection selection, BiConsumer<String, Object> events) {
        WatchedGeneration generation = run.generation();
        Map<String, Object> begin = new LinkedHashMap<>();
        begin.put("run", run.number());
        begin.put("pieces", generation.promptTexts());
        events.accept("begin", begin);
        try {
            String stop =
                    generation
                            .run(
                                    step -> {
                                        double[] row = generation.row(selection, step.place());
                                        events.accept("token", said(step, row));
                                    })
                            .map(reason -> reason.name().toLowerCase(Locale.ROOT))
                            .orElse("stopped");
            events.accept("end", Map.of("stop", stop));
        } catch (UncheckedIOException gone) {
            throw gone;
        } catch (RuntimeException bug) {
            LOG.log(System.Logger.Level.ERROR, "a generation failed", bug);
            events.accept("error", Map.of("error", "this should not have happened"));
        }
    }

    private PretrainedDecoder decoder(JsonNode question) {
        return switch (shelf.get(text(question, "model"))) {
            case PretrainedDecoder decoder -> decoder;
            case PretrainedEncoder encoder ->
                    throw new QuestionException(
                            "%s is an encoder, and writes no text: take a decoder"
                                    .formatted(encoder.name()));
        };
    }

    private static WatchedGeneration generation(PretrainedDecoder decoder, JsonNode question) {
        Sampler.Settings settings = settings(question);
        WatchedGeneration generation =
                new WatchedGeneration(
                        decoder,
                        text(question, "text"),
                        number(question, "tokens", 1, MOST_TOKENS),
                        settings);
        if (generation.promptTexts().size() > MOST_TOKENS) {
            throw new QuestionException(
                    "the prompt has %d tokens; the page shows at most %d: give less"
                            .formatted(generation.promptTexts().size(), MOST_TOKENS));
        }
        return generation;
    }

    private static Sampler.Settings settings(JsonNode question) {
        double temperature = real(question, "temperature", 0, HOTTEST);
        int topK = number(question, "topK", 0, Integer.MAX_VALUE);
        double topP = real(question, "topP", 0, 1);
        long seed = whole(question, "seed");
        try {
            return new Sampler.Settings(temperature, topK, topP, 0, 1, seed);
        } catch (IllegalArgumentException e) {
            throw new QuestionException(String.valueOf(e.getMessage()), e);
        }
    }

    /** A head, or all of a layer, or all there are. */
    private static Selection selection(JsonNode question) {
        String head = textOrNone(question, "head");
        if (!head.isEmpty()) {
            return Selection.of(HeadId.parse(head));
        }
        return question.has("layer")
                ? Selection.ofLayer(number(question, "layer", 0, Integer.MAX_VALUE))
                : Selection.all();
    }

    private static Map<String, Object> said(WatchedGeneration.Step step, double[] row) {
        Map<String, Object> said = said(step.token());
        said.put("likeliest", step.likeliest().stream().map(Generations::said).toList());
        said.put("rest", rounded(step.rest()));
        said.put("weights", roundedRow(row));
        return said;
    }

    private static Map<String, Object> said(WatchedGeneration.Candidate candidate) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("id", candidate.id());
        said.put("text", candidate.text());
        said.put("probability", rounded(candidate.probability()));
        return said;
    }

    private static double[] roundedRow(double[] row) {
        return Arrays.stream(row).map(Answers::rounded).toArray();
    }

    /**
     * What the tokens of the last generation were chosen by, in other heads.
     *
     * @throws QuestionException if there are no such heads
     */
    Map<String, Object> rows(JsonNode question) {
        long number = whole(question, "run");
        Run ended = last(number);
        List<double[]> rows = ended.generation().rows(selection(question));
        return Map.of("rows", rows.stream().map(Generations::roundedRow).toList());
    }

    private synchronized Run last(long number) {
        if (running != null && running.number() == number) {
            throw new Refusal(409, "this text is not at its end: stop it first");
        }
        if (last == null || last.number() != number) {
            throw new Refusal(404, "this text is no longer kept: generate anew");
        }
        return last;
    }

    /** Ends the generation of a page, if it has one. */
    synchronized Map<String, Object> stop(JsonNode question) {
        String page = text(question, "page");
        boolean own = running != null && running.page().equals(page);
        if (own && running != null) {
            running.generation().stop();
        }
        return Map.of("stopped", own);
    }

    private synchronized long nextNumber() {
        return ++runs;
    }

    private void enter(Run run) {
        for (Run other = enterOr(run); other != null; other = enterOr(run)) {
            if (!other.page().equals(run.page())) {
                throw new Refusal(
                        409, "another page is generating: stop it there, or wait until it ends");
            }
            other.generation().stop();
            try {
                if (!other.ended().await(SECONDS_TO_END, TimeUnit.SECONDS)) {
                    throw new Refusal(409, "the text before is not at its end yet: try again");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Refusal(503, "the server ends");
            }
        }
    }

    /** Enters unless another is there; gives that. */
    private synchronized @Nullable Run enterOr(Run run) {
        if (running == null) {
            running = run;
            last = null;
            return null;
        }
        return running;
    }

    private synchronized void leave(Run run) {
        running = null;
        last = run;
        run.ended().countDown();
    }

    /** Has what runs end. */
    @Override
    public synchronized void close() {
        if (running != null) {
            running.generation().stop();
        }
    }
}

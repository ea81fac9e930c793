package heed.microscope.heads;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.MemoryNeed;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.look.Selection;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Has a model read, and measures its heads on it. Not for several threads. */
public final class HeadSurvey {
    private final PretrainedModel model;
    private final Listener listener;
    private final HeadProfiler profiler;
    private final @Nullable SimilarHeads similar;
    private long tokens;

    /**
     * @param chosen the one head to measure, and to compare all others with; or null for all
     * @throws QuestionException if the model has no such head
     */
    public HeadSurvey(PretrainedModel model, @Nullable HeadId chosen, Listener listener) {
        this.model = model;
        this.listener = listener;
        List<HeadId> all = HeadId.all(model.attention().size(), model.heads());
        this.profiler = new HeadProfiler(chosen == null ? all : Selection.of(chosen).in(model));
        this.similar = chosen == null ? null : new SimilarHeads(chosen, all);
    }

    /**
     * Reads a text, in parts if it is longer than the model reads.
     *
     * @return what it was, in words
     * @throws QuestionException if it does not fit the memory, or a word of it not the model
     */
    public String readText(String text) {
        List<Tokens> segments = Segments.of(model, text);
        for (Tokens segment : segments) {
            read(segment, "looking at %,d tokens".formatted(segment.size()));
        }
        String parts =
                segments.size() == 1
                        ? ""
                        : ", in %d parts, since the model reads %,d at most"
                                .formatted(segments.size(), model.positions());
        return "a text of %,d tokens%s"
                .formatted(segments.stream().mapToInt(Tokens::size).sum(), parts);
    }

    /**
     * Reads random tokens, twice: {@link RandomRepeat}.
     *
     * @return what it was, in words
     * @throws QuestionException if the model is no decoder, or does not read so many
     */
    public String readRandom(int count, long seed) {
        read(RandomRepeat.of(model, count, seed), "looking at random tokens");
        return "%d random tokens, twice (seed %d)".formatted(count, seed);
    }

    private void read(Tokens text, String what) {
        MemoryNeed.reading(model, text.size(), text.size())
                .plus(MemoryNeed.traversal(text.size(), 2 * Float.BYTES))
                .check(what, "take a shorter text");
        add(ModelRun.of(model, text, AttentionTrace.ofAll(), listener), listener);
    }

    /** Takes in what the model read; its trace has kept all queries. */
    public void add(ModelRun run, Listener told) {
        tokens += run.tokens().size();
        profiler.add(run, told);
        if (similar != null) {
            similar.add(run, told);
        }
    }

    /** Tokens read. */
    public long tokens() {
        return tokens;
    }

    /** What was measured of each head, in order. */
    public List<HeadProfile> profiles() {
        return profiler.profiles();
    }

    /** The heads that attend like the chosen one, the most similar first; none if none was. */
    public List<SimilarHeads.Similar> similar() {
        return similar == null ? List.of() : similar.ranked();
    }
}

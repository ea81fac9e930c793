package heed.microscope.treebank;

import heed.microscope.AttentionTrace;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.MemoryNeed;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.Traversal;
import heed.microscope.UnitBlock;
import heed.microscope.WordAlignment;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Sentences with their syntax. A head is scored by how often a word's hardest look, at another
 * word, goes to the word that it stands in a relation with (Clark et al. 2019, §4.2).
 *
 * @param sentences at least one
 */
public record Treebank(List<Sentence> sentences) {
    private static final String WHAT = "sentences";

    /** Bytes of what is kept of a sentence, and of that for each head. */
    private static final long SENTENCE_BYTES = 4000;

    private static final long HEAD_BYTES = 100;

    public Treebank {
        sentences = List.copyOf(sentences);
    }

    /**
     * Scores every head of a model.
     *
     * @param split whether heads, and the offset of the baseline, are chosen on every other
     *     sentence and scored on the rest, not both on all
     * @param runs is shown each run, for whoever wants more of it
     * @throws QuestionException if the scores of so many do not fit the memory, or no word can be
     *     found in the pieces of the model
     */
    public TreebankScores score(
            PretrainedModel model, boolean split, Consumer<ModelRun> runs, Listener listener) {
        long heads = (long) model.attention().size() * model.heads();
        MemoryNeed.reading(model, model.isCausal() ? 0 : model.positions(), 0)
                .plus(sentences.size() * (SENTENCE_BYTES + heads * HEAD_BYTES))
                .check("scoring %,d sentences".formatted(sentences.size()), "give fewer");
        List<SentenceScores> scores = new ArrayList<>();
        int skipped = 0;
        for (int i = 0; i < sentences.size(); i++) {
            Tokens tokens = model.tokenizer().encode(sentences.get(i).text());
            if (tokens.size() > model.positions() || tokens.size() == 0) {
                skipped++;
            } else {
                MemoryNeed.reading(model, tokens.size(), tokens.size())
                        .plus(MemoryNeed.traversal(tokens.size(), Float.BYTES))
                        .check(
                                "sentence %,d, of %,d tokens,".formatted(i + 1, tokens.size()),
                                "leave it out");
                ModelRun run = ModelRun.of(model, tokens, AttentionTrace.ofAll(), Listener.none());
                scores.add(score(run, sentences.get(i)));
                runs.accept(run);
            }
            listener.done(WHAT, i + 1, sentences.size());
        }
        int leftOut = scores.stream().mapToInt(SentenceScores::pairsLeftOut).sum();
        if (leftOut > 0 && scores.stream().allMatch(found -> found.relations().isEmpty())) {
            throw new QuestionException(
                    "no word of the treebank has a piece: the tokenizer of %s does not say where its pieces stand"
                            .formatted(model.name()));
        }
        return TreebankScores.of(
                HeadId.all(model.attention().size(), model.heads()), scores, skipped, split);
    }

    private static SentenceScores score(ModelRun run, Sentence sentence) {
        WordAlignment alignment =
                WordAlignment.of(
                        run.tokens(),
                        sentence.words().stream()
                                .map(word -> new WordAlignment.Span(word.start(), word.end()))
                                .toList());
        List<int[]> predicted = predictions(run, alignment);
        SentenceScores scores = new SentenceScores(new TreeMap<>(), 0);
        int leftOut = 0;
        for (int word = 0; word < sentence.words().size(); word++) {
            Sentence.Word dependent = sentence.words().get(word);
            if (dependent.head() < 0
                    || dependent.relation().equals("root")
                    || dependent.relation().equals("punct")) {
                continue;
            }
            int looks = alignment.unitOf()[word];
            int head = alignment.unitOf()[dependent.head()];
            if (looks < 0 || head < 0) {
                leftOut++;
                continue;
            }
            SentenceScores.Counts counts =
                    scores.relations()
                            .computeIfAbsent(
                                    dependent.relation(),
                                    _ -> SentenceScores.Counts.of(predicted.size()));
            counts.offsets().merge(dependent.head() - word, 1, Integer::sum);
            for (int h = 0; h < predicted.size(); h++) {
                counts.toHead()[h] += predicted.get(h)[looks] == head ? 1 : 0;
                counts.toDependent()[h] += predicted.get(h)[head] == looks ? 1 : 0;
            }
        }
        return new SentenceScores(scores.relations(), leftOut);
    }

    /** For each head, at which word each word looks hardest. */
    private static List<int[]> predictions(ModelRun run, WordAlignment alignment) {
        int words = alignment.units().size();
        int[] unitOf = alignment.units().ofPieces(run.tokens().size());
        List<UnitBlock> blocks =
                UnitBlock.of(
                        alignment.units(),
                        IntStream.range(0, words).boxed().toList(),
                        Traversal.BLOCK);
        List<List<int[]>> found =
                Traversal.read(
                        run.trace(),
                        run.trace().allHeads(),
                        blocks.stream().map(UnitBlock::pieces).toList(),
                        block -> new WordPredictions(blocks.get(block), unitOf),
                        Listener.none());
        List<int[]> predictions = new ArrayList<>();
        for (int head = 0; head < run.trace().allHeads().size(); head++) {
            int h = head;
            predictions.add(
                    found.stream().flatMapToInt(block -> IntStream.of(block.get(h))).toArray());
        }
        return predictions;
    }
}

package heed.microscope.heads;

import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.List;

/** A text in parts that a model can read, each of whole words, as long as they can be. */
public final class Segments {

    /**
     * The text as one, or cut where it is longer than the model reads.
     *
     * @throws QuestionException if a single word is longer than that
     */
    public static List<Tokens> of(PretrainedModel model, String text) {
        Tokens whole = ModelRun.encode(model, text);
        int limit = model.positions();
        if (whole.size() <= limit) {
            return List.of(whole);
        }
        int special = model.tokenizer().encode("").size();
        List<Tokens.Word> words = whole.words();
        List<Tokens> segments = new ArrayList<>();
        for (int from = 0; from < words.size(); ) {
            int to = from;
            int pieces = special;
            while (to < words.size() && pieces + size(words.get(to)) <= limit) {
                pieces += size(words.get(to));
                to++;
            }
            Tokens segment = null;
            for (; to > from && (segment == null || segment.size() > limit); to--) {
                int end = words.get(to - 1).end();
                segment = model.tokenizer().encode(text.substring(words.get(from).start(), end));
                if (segment.size() <= limit) {
                    break;
                }
            }
            if (segment == null || to == from) {
                throw new QuestionException(
                        "a word of the text has more than the %d tokens that %s reads"
                                .formatted(limit, model.name()));
            }
            segments.add(segment);
            from = to;
        }
        return segments;
    }

    private static int size(Tokens.Word word) {
        return word.endPiece() - word.firstPiece();
    }

    private Segments() {}
}

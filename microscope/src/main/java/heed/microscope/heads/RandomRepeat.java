package heed.microscope.heads;

import heed.microscope.QuestionException;
import heed.transformer.model.PretrainedDecoder;
import heed.transformer.model.PretrainedEncoder;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Random tokens, and the same once more: what comes next in the second half can be told from the
 * first alone (Olsson et al. 2022, §4).
 */
public final class RandomRepeat {
    private static final int TRIES = 1000;

    /**
     * N tokens of a model's vocabulary drawn with a fixed seed, no two alike if there are as many,
     * and the same N again; behind the special tokens that the model expects before a text.
     *
     * @throws QuestionException if the model is no decoder, or does not read so many
     */
    public static Tokens of(PretrainedModel model, int count, long seed) {
        int vocabulary = vocabulary(model);
        List<Tokens.Piece> pieces = beginning(model, vocabulary);
        int most = (model.positions() - pieces.size()) / 2;
        if (count < 1 || count > most) {
            throw new QuestionException(
                    "%d random tokens twice do not fit the %d that %s reads: take 1 to %d"
                            .formatted(count, model.positions(), model.name(), most));
        }
        int[] drawn = draw(model, vocabulary, count, new Random(seed));
        for (int i = 0; i < 2 * count; i++) {
            int id = drawn[i % count];
            pieces.add(new Tokens.Piece(id, model.tokenizer().decode(id), 0, 0, false));
        }
        return new Tokens("", pieces);
    }

    /**
     * As many as a model reads twice, at most.
     *
     * @throws QuestionException if the model is no decoder
     */
    public static int most(PretrainedModel model) {
        return (model.positions() - beginning(model, vocabulary(model)).size()) / 2;
    }

    /** The special tokens before a text: whatever the model knows a token of. */
    private static List<Tokens.Piece> beginning(PretrainedModel model, int vocabulary) {
        String text = model.tokenizer().decode(draw(model, vocabulary, 1, new Random(0))[0]);
        List<Tokens.Piece> pieces = new ArrayList<>();
        for (Tokens.Piece piece : model.tokenizer().encode(text).pieces()) {
            if (!piece.special()) {
                break;
            }
            pieces.add(new Tokens.Piece(piece.id(), piece.text(), 0, 0, true));
        }
        return pieces;
    }

    private static int vocabulary(PretrainedModel model) {
        return switch (model) {
            case PretrainedDecoder decoder -> decoder.model().vocabulary();
            case PretrainedEncoder encoder ->
                    throw new QuestionException(
                            "random tokens twice are for decoders, and %s is an encoder"
                                    .formatted(encoder.name()));
        };
    }

    /** Special tokens are those that decoding leaves out. */
    private static int[] draw(PretrainedModel model, int vocabulary, int count, Random random) {
        Set<Integer> used = new HashSet<>();
        int[] drawn = new int[count];
        for (int i = 0; i < count; i++) {
            int id = random.nextInt(vocabulary);
            for (int tries = 0;
                    tries < TRIES && (used.contains(id) || model.tokenizer().decode(id).isEmpty());
                    tries++) {
                id = random.nextInt(vocabulary);
            }
            used.add(id);
            drawn[i] = id;
        }
        return drawn;
    }

    private RandomRepeat() {}
}

package heed.app;

import heed.microscope.Focus;
import heed.microscope.HeadRanking;
import java.util.List;

/**
 * What {@code look} found.
 *
 * @param look what was asked for
 * @param text what was looked at
 * @param headCount heads that were taken together
 * @param tokens the words or pieces in sight, in order; all indices are of these
 * @param masked whether the model's mask hides tokens from one another
 * @param queries what each chosen token attends to
 * @param heads the heads that look hardest from each chosen token
 */
record LookResult(
        Look look,
        String text,
        int headCount,
        List<String> tokens,
        boolean masked,
        List<Focus> queries,
        List<HeadRanking.Entry> heads) {

    String token(int index) {
        return tokens.get(index);
    }
}

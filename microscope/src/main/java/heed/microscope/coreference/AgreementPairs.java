package heed.microscope.coreference;

import heed.microscope.WordAlignment.Span;
import java.util.ArrayList;
import java.util.List;

/**
 * Minimal pairs of agreement, made from templates: {@code The boy thanked the girl because she was
 * late.} and the same with {@code he}, in both orders of the nouns. Which noun is meant follows
 * from its gender or its number alone, and each stands nearer as often as the other.
 *
 * <p>The nouns that are plural are never singular here: a head may be right by the words
 * themselves.
 */
public final class AgreementPairs {
    private static final String[][] BY_GENDER = {
        {"boy", "girl"},
        {"man", "woman"},
        {"father", "mother"},
        {"grandfather", "grandmother"},
        {"son", "daughter"},
        {"brother", "sister"},
        {"uncle", "aunt"},
        {"prince", "princess"},
        {"husband", "wife"},
        {"actor", "actress"}
    };

    private static final String[][] BY_NUMBER = {
        {"teacher", "students"},
        {"doctor", "patients"},
        {"farmer", "workers"},
        {"mayor", "voters"},
        {"pilot", "passengers"},
        {"judge", "lawyers"},
        {"lawyer", "clients"},
        {"singer", "dancers"},
        {"artist", "visitors"},
        {"driver", "tourists"}
    };

    private static final String[] VERBS = {
        "thanked", "called", "helped", "visited", "blamed", "praised"
    };
    private static final String[] ENDINGS = {"late", "tired"};

    /** {@code he} or {@code she}: 240 pairs. */
    public static List<ReferenceCase> gender() {
        return cases(BY_GENDER, "he was", "she was");
    }

    /** {@code she} or {@code they}: 240 pairs. */
    public static List<ReferenceCase> number() {
        return cases(BY_NUMBER, "she was", "they were");
    }

    private static List<ReferenceCase> cases(String[][] nouns, String... pronouns) {
        List<ReferenceCase> cases = new ArrayList<>();
        for (String[] pair : nouns) {
            for (String verb : VERBS) {
                for (String ending : ENDINGS) {
                    for (int order = 0; order < 2; order++) {
                        String beginning =
                                "The %s %s the %s because "
                                        .formatted(pair[order], verb, pair[1 - order]);
                        for (int meant = 0; meant < 2; meant++) {
                            cases.add(
                                    reference(
                                            beginning,
                                            pronouns[meant],
                                            ending,
                                            pair[meant],
                                            pair[1 - meant]));
                        }
                    }
                }
            }
        }
        return cases;
    }

    private static ReferenceCase reference(
            String beginning, String pronoun, String ending, String right, String wrong) {
        String text = beginning + pronoun + " " + ending + ".";
        int refers = beginning.length();
        return new ReferenceCase(
                text,
                new Span(refers, refers + pronoun.indexOf(' ')),
                span(text, right),
                span(text, wrong),
                beginning + ending);
    }

    private static Span span(String text, String noun) {
        int at = text.indexOf(" " + noun + " ") + 1;
        return new Span(at, at + noun.length());
    }

    private AgreementPairs() {}
}

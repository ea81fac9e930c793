package heed.microscope.heads;

import java.util.List;
import java.util.Locale;

/**
 * What can be measured of a head's attention. {@code A[i,j]} is the weight from token i to token j,
 * both pieces of the text, special tokens among them; means are over all tokens of all texts.
 */
public enum HeadMeasure {
    /** Mean of {@code A[i, i−1]} (Clark et al. 2019, §3.1). */
    PREVIOUS("previous token"),
    /** Mean of {@code A[i, i+1]}; not of a decoder, which never sees it. */
    NEXT("next token"),
    /** Mean of {@code A[i, i]}. */
    SELF("the token itself"),
    /** Mean of {@code A[i, 0]}. */
    FIRST("first token"),
    /** Mean of the sum over special tokens; not where a text has none. */
    SPECIAL("special tokens"),
    /** Mean of {@code −Σ A ln A}, in nats. */
    ENTROPY("entropy, nats"),
    /**
     * The same without the first token, the rest scaled to sum to 1, over rows that give it 90 % at
     * most (Vig &amp; Belinkov 2019).
     */
    ENTROPY_WITHOUT_FIRST("entropy without the first token, nats"),
    /** {@code ΣA·(i−j) / ΣA}: positive looks back (Vig &amp; Belinkov 2019). */
    DISTANCE("mean distance, tokens back"),
    /** Mean of the largest weight of a row (Voita et al. 2019). */
    CONFIDENCE("confidence"),
    /** How often the largest weight stands at the commonest offset (Voita et al. 2019). */
    OFFSET_SHARE("largest weight at one offset"),
    /** Mean over repeated tokens of the sum over their earlier copies. */
    DUPLICATE("duplicate token"),
    /**
     * Mean over repeated tokens of the sum over what followed their earlier copies: prefix matching
     * (Olsson et al. 2022). A sum for each query, so that a perfect head has 1.
     */
    INDUCTION("induction"),
    /**
     * {@code Σ|A − Ā| / 2ΣA} over texts, of their first tokens: how much the text matters (Vig
     * &amp; Belinkov 2019); not of a single text.
     */
    VARIABILITY("variability");

    private final String words;

    HeadMeasure(String words) {
        this.words = words;
    }

    /** What it is called in a sentence. */
    public String words() {
        return words;
    }

    /** What it is called in files: {@code entropyWithoutFirst}. */
    public String key() {
        StringBuilder key = new StringBuilder();
        for (String part : name().toLowerCase(Locale.ROOT).split("_", -1)) {
            key.append(
                    key.isEmpty()
                            ? part
                            : Character.toUpperCase(part.charAt(0)) + part.substring(1));
        }
        return key.toString();
    }

    /** Whether its values are between 0 and 1. */
    public boolean isShare() {
        return switch (this) {
            case ENTROPY, ENTROPY_WITHOUT_FIRST, DISTANCE -> false;
            case PREVIOUS,
                    NEXT,
                    SELF,
                    FIRST,
                    SPECIAL,
                    CONFIDENCE,
                    OFFSET_SHARE,
                    DUPLICATE,
                    INDUCTION,
                    VARIABILITY ->
                    true;
        };
    }

    /** The measures that apply to one of the heads at least. */
    public static List<HeadMeasure> of(List<HeadProfile> profiles) {
        return List.of(values()).stream()
                .filter(measure -> profiles.stream().anyMatch(p -> !Double.isNaN(p.get(measure))))
                .toList();
    }

    /**
     * Where each head stands among all: 1 has the largest value, equal ones stand together.
     *
     * @return a rank for each profile; 0 for a head to which the measure does not apply
     */
    public int[] ranks(List<HeadProfile> profiles) {
        int[] ranks = new int[profiles.size()];
        for (int i = 0; i < ranks.length; i++) {
            double value = profiles.get(i).get(this);
            if (!Double.isNaN(value)) {
                ranks[i] = 1 + (int) profiles.stream().filter(p -> p.get(this) > value).count();
            }
        }
        return ranks;
    }
}

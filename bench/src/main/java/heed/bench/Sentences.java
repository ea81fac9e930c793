package heed.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Made-up texts of common words, the same every time. */
final class Sentences {
    private static final int FEWEST_WORDS = 5;
    private static final int MOST_WORDS = 40;

    private static final String[] WORDS =
            ("the a this that every some her his their our no one old new small large quiet bright"
                            + " cold warm broken distant careful sudden river mountain city garden"
                            + " window engine letter teacher doctor village market bridge winter"
                            + " morning library station harbour question answer machine history"
                            + " science language music painter soldier child mother neighbour crosses"
                            + " opens carries remembers forgets builds repairs watches follows"
                            + " explains measures finds loses writes reads sells buys calls leaves"
                            + " returns slowly quickly again often never always almost together"
                            + " outside before after because while although with without under over"
                            + " between through against toward and but or so yet when where it was"
                            + " is had been would could should did not very too more most")
                    .split(" ");

    /** Sentences of 5 to 40 words. */
    static List<String> of(int count) {
        Random random = new Random(1);
        List<String> sentences = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int words = random.nextInt(FEWEST_WORDS, MOST_WORDS + 1);
            StringBuilder sentence = new StringBuilder();
            for (int w = 0; w < words; w++) {
                sentence.append(w == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
            }
            sentences.add(sentence.append('.').toString());
        }
        return sentences;
    }

    private Sentences() {}
}

package heed.app.start;

import heed.app.Heed;
import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionMask;
import heed.attention.Heads;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Random;

/**
 * What a JVM does to learn which classes commands need, and which of their methods are compiled:
 * the AOT cache is made of that.
 */
final class Rehearsal {
    private static final String TEXT =
            "The rehearsal didn't last long because it was well prepared.";

    private static final List<List<String>> COMMANDS =
            List.of(
                    List.of("--help"),
                    List.of("look", TEXT),
                    List.of("look", "--map", TEXT),
                    List.of("embed", TEXT),
                    List.of("generate", "--max-tokens", "32", "To be, or"));

    /** Tokens of attention that is long enough for each of its loops to be compiled. */
    private static final int TOKENS = 512;

    private static final int HEADS = 4;
    private static final int COLUMNS = 64;
    private static final int CALLS = 40;

    /** Ends with status 1 where a command fails. */
    public static void main(String[] args) {
        for (List<String> command : COMMANDS) {
            PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
            String[] words = command.toArray(String[]::new);
            int exit = Heed.commandLine(words).setOut(nowhere).setErr(nowhere).execute(words);
            if (exit != 0) {
                System.exit(1);
            }
        }
        attend();
        System.exit(0);
    }

    private static void attend() {
        Random random = new Random(1);
        float[] x = new float[HEADS * TOKENS * COLUMNS];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        Heads heads = Heads.of(HEADS, TOKENS, COLUMNS, x);
        AttentionInput full = AttentionInput.of(heads, heads, heads);
        AttentionInput causal = full.withMask(AttentionMask.causal());
        for (int call = 0; call < CALLS; call++) {
            var _ = Attention.forward(full);
            var _ = Attention.forward(causal);
        }
    }

    private Rehearsal() {}
}

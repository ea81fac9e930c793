package heed.app.start;

import heed.app.Heed;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;

/**
 * What a JVM does to learn which classes commands need, and which of their methods are compiled:
 * the AOT cache is made of that.
 */
final class Rehearsal {
    private static final String TEXT = "The rehearsal didn't last long because it was well prepared.";

    private static final List<List<String>> COMMANDS =
            List.of(
                    List.of("--help"),
                    List.of("look", TEXT));

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
        System.exit(0);
    }

    private Rehearsal() {}
}

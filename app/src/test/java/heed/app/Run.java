package heed.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a run of the command line came to. */
public record Run(int exit, String out, String err) {

    public static Run heed(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit =
                Heed.commandLine()
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err))
                        .execute(arguments);
        return new Run(exit, out.toString(), err.toString());
    }

    /** One line on standard error, nothing on standard output, exit 2. */
    public static void assertRefused(Run run, String... words) {
        assertThat(run.exit()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("heed: ").contains(words).hasLineCount(1);
    }

    public JsonNode json() {
        assertThat(exit).as(err).isZero();
        return JsonMapper.shared().readTree(out);
    }
}

package heed.app.terminal;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The option {@code --verbose}, which whoever reports an error asks for. */
public final class Verbose {
    private static final String NAME = "--verbose";

    @Option(
            names = NAME,
            scope = ScopeType.INHERIT,
            description = "Shows where an error came from.")
    @SuppressWarnings("UnusedVariable") // asked for in the parse result
    private boolean given;

    /** Whether it was given to a command. */
    public static boolean isGiven(CommandLine command) {
        return command.getParseResult().hasMatchedOption(NAME);
    }
}

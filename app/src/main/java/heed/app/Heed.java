package heed.app;

import heed.app.bench.BenchCommand;
import heed.app.embed.EmbedCommand;
import heed.app.generate.GenerateCommand;
import heed.app.heads.HeadsCommand;
import heed.app.look.LookCommand;
import heed.app.models.ModelsCommand;
import heed.app.plan.PlanCommand;
import heed.app.terminal.BadInputException;
import heed.app.terminal.Verbose;
import heed.microscope.QuestionException;
import heed.transformer.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The {@code heed} command. */
@Command(
        name = "heed",
        description = "Attention for the JVM: which tokens does each token of a text attend to?",
        mixinStandardHelpOptions = true,
        version = "heed 0.1.0",
        subcommands = {
            LookCommand.class,
            HeadsCommand.class,
            EmbedCommand.class,
            GenerateCommand.class,
            ModelsCommand.class,
            PlanCommand.class,
            BenchCommand.class,
            CommandLine.HelpCommand.class
        },
        synopsisSubcommandLabel = "COMMAND")
public final class Heed implements Runnable {
    /** The input was bad: the message says what is wrong and what to do. */
    public static final int BAD_INPUT = 2;

    /** Heed itself failed. */
    static final int FAILURE = 1;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    public static void main(String[] args) {
        CommandLine command = commandLine();
        command.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        command.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        System.exit(command.execute(args));
    }

    /** The command line, writing to its {@code out} and {@code err}. */
    public static CommandLine commandLine() {
        return new CommandLine(new Heed())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Heed::badUsage)
                .setExecutionExceptionHandler(Heed::failed);
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int badUsage(ParameterException e, String[] args) {
        e.getCommandLine()
                .getErr()
                .printf(
                        "heed: %s (see '%s --help')%n",
                        oneLine(e.getMessage()),
                        e.getCommandLine().getCommandSpec().qualifiedName());
        return BAD_INPUT;
    }

    private static int failed(Exception e, CommandLine command, CommandLine.ParseResult result) {
        PrintWriter err = command.getErr();
        boolean verbose = Verbose.isGiven(command);
        int exit =
                switch (e) {
                    case BadInputException bad -> {
                        err.println("heed: " + oneLine(bad.getMessage()));
                        yield BAD_INPUT;
                    }
                    case QuestionException bad -> {
                        err.println("heed: " + oneLine(bad.getMessage()));
                        yield BAD_INPUT;
                    }
                    case CheckpointException bad -> {
                        err.println("heed: " + oneLine(bad.getMessage()));
                        yield BAD_INPUT;
                    }
                    case IOException bad -> {
                        err.println("heed: " + oneLine(bad.getMessage()));
                        yield BAD_INPUT;
                    }
                    case Exception bug -> {
                        err.println(
                                "heed: this should not have happened: %s (--verbose shows where)"
                                        .formatted(oneLine(bug.toString())));
                        yield FAILURE;
                    }
                };
        if (verbose) {
            e.printStackTrace(err);
        }
        return exit;
    }

    private static String oneLine(@Nullable String message) {
        return String.valueOf(message).replaceAll("\\s*\\R\\s*| {2,}", " ");
    }
}

package heed.app;

import heed.app.bench.BenchCommand;
import heed.app.embed.EmbedCommand;
import heed.app.generate.GenerateCommand;
import heed.app.heads.HeadsCommand;
import heed.app.look.LookCommand;
import heed.app.models.ModelsCommand;
import heed.app.plan.PlanCommand;
import heed.app.serve.ServeCommand;
import heed.app.terminal.BadInputException;
import heed.app.terminal.Verbose;
import heed.app.train.TrainCommand;
import heed.microscope.QuestionException;
import heed.transformer.tokenizer.UnknownCharacterException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "A module of its own, on Apache Spark:",
            "  ring      Attention over a sequence that outgrows one machine ('heed ring --help')."
        })
public final class Heed implements Runnable {
    /** The input was bad: the message says what is wrong and what to do. */
    public static final int BAD_INPUT = 2;

    /** Heed itself failed. */
    static final int FAILURE = 1;

    /** In the order in which help lists them. */
    private static final Map<String, Supplier<Callable<Integer>>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("look", LookCommand::new);
        COMMANDS.put("heads", HeadsCommand::new);
        COMMANDS.put("embed", EmbedCommand::new);
        COMMANDS.put("generate", GenerateCommand::new);
        COMMANDS.put("models", ModelsCommand::new);
        COMMANDS.put("train", TrainCommand::new);
        COMMANDS.put("serve", ServeCommand::new);
        COMMANDS.put("plan", PlanCommand::new);
        COMMANDS.put("bench", BenchCommand::new);
    }

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    public static void main(String[] args) {
        CommandLine command = commandLine(args);
        command.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        command.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        System.exit(execute(command, args));
    }

    /** What is known not to fit is refused before; this is for what is not known. */
    private static int execute(CommandLine command, String... args) {
        try {
            return command.execute(args);
        } catch (OutOfMemoryError e) {
            command.getErr()
                    .printf(
                            "heed: this does not fit the %,d MB of memory that the JVM may take: give less, or a larger"
                                    + " heap (HEED_JAVA_OPTS=-Xmx8g)%n",
                            Runtime.getRuntime().maxMemory() >> 20);
            return BAD_INPUT;
        }
    }

    /**
     * The command line, writing to its {@code out} and {@code err}.
     *
     * @param args what will be executed: if it begins with a command, that one alone is set up,
     *     since each takes some milliseconds
     */
    public static CommandLine commandLine(String... args) {
        CommandLine heed = new CommandLine(new Heed());
        boolean one = args.length > 0 && COMMANDS.containsKey(args[0]);
        COMMANDS.forEach(
                (name, command) -> {
                    if (!one || name.equals(args[0])) {
                        heed.addSubcommand(name, command.get());
                    }
                });
        if (!one) {
            heed.addSubcommand(new CommandLine.HelpCommand());
        }
        return heed.setCaseInsensitiveEnumValuesAllowed(true)
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
                    case BadInputException _,
                            QuestionException _,
                            UnknownCharacterException _,
                            IOException _ -> {
                        err.println("heed: " + oneLine(e.getMessage()));
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

package heed.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts Heed, PyTorch and ONNX Runtime side by side. */
@Command(
        name = "bench/compare",
        description = "Heed beside PyTorch and ONNX Runtime: equal results first, then the time.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class Compare implements Callable<Integer> {
    private static final int UNEQUAL = 1;

    /** What can be chosen. */
    enum Choice {
        FORWARD
    }

    @Parameters(
            paramLabel = "WORK",
            arity = "0..*",
            description = "${COMPLETION-CANDIDATES}; all but LONG if none is named")
    private Set<Choice> choices = EnumSet.noneOf(Choice.class);

    @Option(
            names = "--threads",
            split = ",",
            paramLabel = "N",
            description = "numbers of threads (${DEFAULT-VALUE})",
            defaultValue = "1,2")
    private List<Integer> threads = new ArrayList<>();

    @Option(
            names = "--runs",
            paramLabel = "N",
            description =
                    "rounds of each work; as many as fit about 4 seconds, but at least 5, if not given")
    private int runs;

    @Option(
            names = "--only",
            paramLabel = "TEXT",
            description = "only works whose name contains this, such as 'n 2048'")
    private String only = "";

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "writes the JSON of the last line to a file too")
    private @Nullable Path json;

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final MachineLimits limits = new MachineLimits();
    private final Report report = new Report(out, limits);

    public static void main(String[] args) {
        System.exit(
                new CommandLine(new Compare())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(args));
    }

    @Override
    public Integer call() throws IOException {
        Peers peers = Peers.load();
        peers.missing().forEach(report::line);
        for (int i = 0; i < 4; i++) {
            threads.forEach(limits::measurePeak);
        }
        Map<String, Object> settings = Machine.settings();
        report.line(Machine.describe(limits, threads) + "\n" + settings + "\n" + peers.versions());
        try {
            for (Choice choice : choices.isEmpty() ? EnumSet.allOf(Choice.class) : choices) {
                for (Work work : works(choice, peers)) {
                    if (work.name().contains(only)) {
                        for (int count : threads) {
                            race(work, count);
                        }
                    }
                }
            }
        } catch (UnequalException e) {
            report.line("unequal results: " + e.getMessage());
            return UNEQUAL;
        }
        String line = report.json(Machine.describe(limits, threads), settings, peers.versions());
        report.line("\n" + line);
        if (json != null) {
            Files.writeString(json, line + "\n");
        }
        return 0;
    }

    private static List<Work> works(Choice choice, Peers peers) {
        return switch (choice) {
            case FORWARD -> ForwardWorks.works(peers);
        };
    }

    private void race(Work work, int count) {
        limits.measurePeak(count);
        List<Race.Finish> finishes = Race.run(work, count, runs);
        limits.measurePeak(count);
        report.add(work, count, finishes);
    }
}

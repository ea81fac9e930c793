package heed.bench;

import heed.simd.ThreadTeam;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
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
    private static final int FIRST_MEASUREMENTS = 4;

    /** What can be chosen. */
    enum Choice {
        FORWARD,
        BACKWARD,
        DECODE,
        LINEAR,
        EMBED,
        COLD,
        AVX2,
        LLAMA,
        TRAIN,
        CONTEXT,
        LONG,
        SERVE
    }

    @Parameters(
            paramLabel = "WORK",
            arity = "0..*",
            description =
                    "${COMPLETION-CANDIDATES}; all but LLAMA, TRAIN, CONTEXT, LONG and SERVE if none is named")
    private Set<Choice> choices = EnumSet.range(Choice.FORWARD, Choice.AVX2);

    @Option(names = "--long", description = "LONG too: 32,768 tokens, which takes half an hour")
    private boolean longToo;

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
            description = "rounds of each work (as many as fit 3 seconds, but 5 at least)")
    private int runs;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "how long SERVE keeps each contender under load (${DEFAULT-VALUE})",
            defaultValue = "60")
    private int seconds;

    @Option(
            names = "--only",
            paramLabel = "TEXT",
            description = "only works whose name contains this, such as 'n 2048'")
    private String only = "";

    @Option(
            names = "--peers",
            split = ",",
            paramLabel = "PEER",
            description = "${COMPLETION-CANDIDATES} (all)")
    private Set<Peers.Name> wanted = EnumSet.allOf(Peers.Name.class);

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "writes the JSON of the last line to a file too")
    private @Nullable Path json;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "writes a table in Markdown, as in docs/performance.md")
    private @Nullable Path markdown;

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final MachineLimits limits = new MachineLimits();
    private final Report report = new Report(out, limits);

    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT);
        System.exit(
                new CommandLine(new Compare())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(args));
    }

    @Override
    public Integer call() throws IOException {
        Peers peers = Peers.load(wanted);
        peers.missing().forEach(report::line);
        for (int i = 0; i < FIRST_MEASUREMENTS; i++) {
            threads.forEach(limits::measurePeak);
        }
        Map<String, Object> settings = Machine.settings();
        report.heading(Machine.describe(limits, threads));
        report.heading(settings);
        report.heading(peers.versions());
        Set<Choice> chosen = EnumSet.copyOf(choices);
        if (longToo) {
            chosen.add(Choice.LONG);
        }
        try {
            for (Choice choice : chosen) {
                measure(choice, peers);
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
        if (markdown != null) {
            Files.writeString(markdown, MarkdownTable.of(report.rows()));
        }
        return 0;
    }

    private void measure(Choice choice, Peers peers) throws IOException {
        switch (choice) {
            case FORWARD -> race(ForwardWorks.works(peers));
            case BACKWARD -> race(BackwardWorks.works(peers));
            case DECODE -> race(DecodeWorks.works(peers));
            case LINEAR -> race(LinearWorks.works(peers));
            case EMBED -> {
                // Heed's model runs on all processors: no other number of threads is fair.
                int all = ThreadTeam.defaultThreads();
                if (threads.contains(all)) {
                    EmbedWorks.works(peers).forEach(work -> race(work, all));
                }
            }
            case SERVE -> ServeWorks.run(peers, seconds, report);
            case LONG -> race(ForwardWorks.longWorks(peers));
            case CONTEXT -> {
                for (int heads : new int[] {1, ForwardWorks.HEADS}) {
                    LongContext.run(heads, Collections.max(threads), report);
                }
            }
            case COLD -> {
                for (boolean warm : new boolean[] {false, true}) {
                    for (int count : threads) {
                        Race.Finish finish = FirstCall.median(warm, count, runs);
                        report.add(FirstCall.work(warm), count, List.of(finish));
                    }
                }
            }
            case LLAMA -> {
                if (LlamaCpp.isHere()) {
                    ofModels("llama", LlamaWorks.works());
                } else {
                    report.line("llama.cpp is not here: bench/prepare-llama-cpp gets it");
                }
            }
            case TRAIN -> {
                if (!TrainWorks.isHere()) {
                    report.line("PyTorch's own wheel is not here: bench/prepare-torch gets it");
                }
                ofModels("train", TrainWorks.works());
            }
            case AVX2 -> {
                report.line("\nWith vectors of 256 bits, in another JVM:");
                report.addAll(NarrowVectors.run(threads, runs));
            }
        }
    }

    /**
     * A whole model runs on all processors: for fewer, another JVM is told that there are fewer.
     */
    private void ofModels(String choice, List<Work> works) throws IOException {
        for (int count : threads) {
            if (count == ThreadTeam.defaultThreads()) {
                works.stream()
                        .filter(work -> work.name().contains(only))
                        .forEach(work -> race(work, count));
                continue;
            }
            report.addAll(
                    ChildCompare.rows(
                            List.of(
                                    choice,
                                    "--threads=" + count,
                                    "--runs=" + runs,
                                    "--only=" + only,
                                    "--peers=NONE"),
                            Map.of(),
                            "-XX:ActiveProcessorCount=" + count));
        }
    }

    private void race(List<Work> works) {
        for (Work work : works) {
            if (work.name().contains(only)) {
                for (int count : threads) {
                    race(work, count);
                }
            }
        }
    }

    private void race(Work work, int count) {
        limits.measurePeak(count);
        if (work.gigabytes() > 0) {
            limits.measureBandwidth(count);
        }
        List<Race.Finish> finishes = Race.run(work, count, runs);
        limits.measurePeak(count);
        if (work.gigabytes() > 0) {
            limits.measureBandwidth(count);
        }
        report.add(work, count, finishes);
    }
}

package heed.app.bench;

import heed.app.chart.Charts;
import heed.app.terminal.BadInputException;
import heed.app.terminal.Output;
import heed.app.terminal.OutputOption;
import heed.app.terminal.Terminal;
import heed.app.terminal.Verbose;
import heed.microscope.cost.AttentionCost;
import heed.microscope.cost.ModelShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed bench}: naive attention and attention in tiles, side by side over the tokens. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Times attention on this machine over longer and longer texts: the naive way, which keeps all n × n scores, beside tiles.",
            "",
            "Both must come to the same output. Random numbers, float32.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed bench",
            "  heed bench --from 1024 --to 65536 --causal --plot attention.svg"
        })
public final class BenchCommand implements Callable<Integer> {
    enum Format {
        TEXT,
        JSON,
        CSV
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--from",
            paramLabel = "N",
            defaultValue = "256",
            description =
                    "Tokens of the shortest text (default 256); each next one is twice as long.")
    private int from;

    @Option(
            names = "--to",
            paramLabel = "N",
            defaultValue = "8192",
            description = "Tokens of the longest text at most (default 8192).")
    private int to;

    @Option(
            names = "--heads",
            paramLabel = "N",
            defaultValue = "4",
            description = "Heads (default 4).")
    private int heads;

    @Option(
            names = "--head-dim",
            paramLabel = "D",
            defaultValue = "64",
            description = "Columns of a head (default 64).")
    private int headDim;

    @Option(
            names = "--causal",
            description = "A token attends to itself and earlier ones (default: to all).")
    private boolean causal;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of both ways (default: all processors).")
    private @Nullable Integer threads;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Timed runs, of which the median counts (default 5).")
    private int runs;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "TEXT",
            description = "text (default), json or csv.")
    private Format format = Format.TEXT;

    @Mixin private final OutputOption output = new OutputOption();

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            description = "Draws time and memory over the tokens, into a .png or an .svg file.")
    private @Nullable Path plot;

    @Mixin final Verbose verbose = new Verbose();

    @Override
    public Integer call() {
        int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        requirePositive("--from", from);
        requirePositive("--heads", heads);
        requirePositive("--head-dim", headDim);
        requirePositive("--threads", count);
        requirePositive("--runs", runs);
        if (to < from) {
            throw new BadInputException("--to %d is less than --from %d".formatted(to, from));
        }
        if ((long) heads * headDim * to > AttentionCost.LONGEST_ARRAY) {
            throw new BadInputException(
                    "%d heads × %d columns × %d tokens do not fit an array: take a smaller --to or fewer --heads"
                            .formatted(heads, headDim, to));
        }
        output.check();
        if (plot != null) {
            Charts.checkName(plot);
            Output.checkWritable(plot);
        }
        ModelShape shape = new ModelShape("bench", 1, heads, heads, headDim, causal, false);
        Benchmark benchmark = new Benchmark(shape, count, runs);
        List<Benchmark.Row> rows = run(benchmark);
        output.write(render(benchmark, rows), spec.commandLine().getOut());
        if (plot != null) {
            BenchChart.of(benchmark, rows).write(plot);
        }
        return 0;
    }

    private List<Benchmark.Row> run(Benchmark benchmark) {
        benchmark.warmUp();
        List<Benchmark.Row> rows = new ArrayList<>();
        for (long tokens = from; tokens <= to; tokens *= 2) {
            if (Terminal.isError()) {
                spec.commandLine().getErr().printf("\rheed: %,d tokens … ", tokens);
                spec.commandLine().getErr().flush();
            }
            rows.add(benchmark.run((int) tokens, List.copyOf(rows)));
        }
        if (Terminal.isError()) {
            spec.commandLine().getErr().printf("\r%s\r", " ".repeat(40));
            spec.commandLine().getErr().flush();
        }
        return rows;
    }

    private String render(Benchmark benchmark, List<Benchmark.Row> rows) {
        return switch (format) {
            case TEXT -> BenchReport.text(benchmark, rows);
            case JSON -> BenchReport.json(benchmark, rows);
            case CSV -> BenchReport.csv(rows);
        };
    }

    private static void requirePositive(String option, int value) {
        if (value < 1) {
            throw new BadInputException("%s must be at least 1, not %d".formatted(option, value));
        }
    }
}

package heed.ring;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The Spark application: attention over a sequence in files, or its gradients. */
@Command(
        name = "ring",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Attention over a sequence that outgrows one machine, on Apache Spark: exact, with n/p of it on a worker.",
            ""
        },
        footer = {
            "",
            "A matrix is float32, [heads, rows, columns]: a .npy file, FILE.safetensors:TENSOR, a folder of .npy files, each",
            "named by its first row: 000000000000.npy, 000000008192.npy, or a Parquet file or folder of such, with columns",
            "head int, position int, values array<float>. Output: OUT/out and OUT/lse, or OUT/dq, OUT/dk, OUT/dv. All may lie",
            "wherever Spark's workers reach: a shared folder, hdfs://, s3a://.",
            "",
            "Examples:",
            "  heed ring --local 2 --q q.npy --k k.npy --v v.npy --mask causal --out attended",
            "  heed ring --local 2 --random 65536x12x64 --mask window:4096 --out attended",
            "  heed ring --local 2 --q q.npy --k k.npy --v v.npy --mask causal --gradients-of attended --d-out dout.npy --out gradients"
        })
public final class RingAttentionJob implements Callable<Integer> {
    private static final int FAILURE = 1;
    private static final int BAD_INPUT = 2;
    private static final int PARTS_PER_SLOT = 4;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(names = "--q", paramLabel = "PATH", description = "Queries: [H, n, d].")
    private @Nullable String q;

    @Option(names = "--k", paramLabel = "PATH", description = "Keys: [Hkv, n, d].")
    private @Nullable String k;

    @Option(names = "--v", paramLabel = "PATH", description = "Values: [Hkv, n, dv].")
    private @Nullable String v;

    @Option(
            names = "--random",
            paramLabel = "NxHxD",
            description = "Instead of files: n tokens, H heads of d columns, normally distributed.")
    private @Nullable String random;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            defaultValue = "1",
            description = "… which this number determines (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--mask",
            paramLabel = "MASK",
            defaultValue = "full",
            description =
                    "full (default), causal, window:SIZE, window:BEFORE,AFTER, prefix:LENGTH, padding:LENGTH or documents:LENGTH,LENGTH,…; joined by + for what all of them allow.")
    private String mask = "full";

    @Option(names = "--scale", paramLabel = "X", description = "Factor of scores (default: 1/√d).")
    private @Nullable Float scale;

    @Option(names = "--soft-cap", paramLabel = "X", description = "c in c · tanh(score / c).")
    private @Nullable Float softCap;

    @Option(
            names = "--gradients-of",
            paramLabel = "FOLDER",
            description = "Gradients instead, from the output that this command wrote there.")
    private @Nullable String gradientsOf;

    @Option(
            names = "--d-out",
            paramLabel = "PATH",
            description = "… and the gradient of that output: [H, n, dv].")
    private @Nullable String dOut;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            required = true,
            description = "Where the result goes; it must not be there yet.")
    private String out = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "NPY",
            description = "npy (default) or parquet: name, head, position, values.")
    private BlockWriter format = BlockWriter.NPY;

    @Option(
            names = "--parts",
            paramLabel = "P",
            description = "Tasks of a pass (default: 4 for every slot).")
    private @Nullable Integer parts;

    @Option(
            names = "--local",
            paramLabel = "N",
            description = "On this machine, with so many executor processes of one core each.")
    private @Nullable Integer local;

    @Option(
            names = "--executor-memory",
            paramLabel = "MIB",
            defaultValue = "1024",
            description = "Heap of each of them (default: ${DEFAULT-VALUE} MiB).")
    private int executorMemory;

    /** Ends the process with 0, with 2 where what it was given cannot be used, 1 otherwise. */
    public static void main(String[] args) {
        System.exit(
                new CommandLine(new RingAttentionJob())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setParameterExceptionHandler(RingAttentionJob::badUsage)
                        .setExecutionExceptionHandler(RingAttentionJob::failed)
                        .execute(args));
    }

    private static int badUsage(CommandLine.ParameterException e, String[] args) {
        e.getCommandLine()
                .getErr()
                .printf("heed: %s (see 'heed ring --help')%n", oneLine(e.getMessage()));
        return BAD_INPUT;
    }

    private static int failed(Exception e, CommandLine command, CommandLine.ParseResult result) {
        Throwable cause = e;
        while (cause.getCause() != null && !(cause instanceof IOException)) {
            cause = cause.getCause();
        }
        boolean badInput =
                cause instanceof IOException || cause instanceof IllegalArgumentException;
        String message = badInput ? cause.getMessage() : "this should not have happened: " + cause;
        command.getErr().println("heed: " + oneLine(message));
        return badInput ? BAD_INPUT : FAILURE;
    }

    private static String oneLine(@Nullable String message) {
        return String.valueOf(message).replaceAll("\\s*\\R\\s*| {2,}", " ");
    }

    @Override
    public Integer call() throws IOException {
        SparkConf conf = conf();
        Configuration configuration = SparkHadoopUtil.get().newConfiguration(conf);
        RingInput input = input(configuration);
        AttentionFiles attended = gradientsOf == null ? null : attended(gradientsOf, configuration);
        OutputFolder folder = new OutputFolder(out, configuration);
        if (attended != null) {
            attended.check(input);
        }
        if (parts == null && local != null) {
            parts = PARTS_PER_SLOT * local;
        }
        if (parts != null) {
            check(input, parts, attended != null, conf);
        }
        run(input, attended, folder, conf);
        return 0;
    }

    private void run(
            RingInput input, @Nullable AttentionFiles attended, OutputFolder folder, SparkConf conf)
            throws IOException {
        PrintWriter text = spec.commandLine().getOut();
        try (JavaSparkContext spark = new JavaSparkContext(conf)) {
            StageListener stages = new StageListener();
            spark.sc().addSparkListener(stages);
            int count = parts == null ? PARTS_PER_SLOT * spark.defaultParallelism() : parts;
            check(input, count, attended != null, spark.getConf());
            try (RingAttention ring = RingAttention.of(spark, input, count)) {
                JavaRDD<RowBlock> blocks =
                        attended == null
                                ? ring.forward()
                                : ring.backward(attended.out, attended.lse, attended.dOut);
                spark.setCallSite(attended == null ? "attention" : "gradients added up");
                folder.write(path -> format.write(blocks, path));
                text.print(RingReport.text(input, ring.cost(), stages));
                text.flush();
            }
        }
    }

    /** What can be said before executors start is said then. */
    private static void check(RingInput input, int parts, boolean backward, SparkConf conf) {
        var _ = RingAttention.checkedRowsOfTile(input, parts, RingAttention.TILE_BYTES);
        RingMemory.check(input, parts, backward, conf);
    }

    /** What a gradient follows from beside the input. */
    private record AttentionFiles(RowSource out, RowSource lse, RowSource dOut) {
        void check(RingInput input) {
            input.checkOutput(out, input.v().columns());
            input.checkOutput(lse, 1);
            input.checkOutput(dOut, input.v().columns());
        }
    }

    private AttentionFiles attended(String folder, Configuration configuration) throws IOException {
        if (dOut == null) {
            throw new IllegalArgumentException(
                    "--gradients-of needs the gradient of the output: give --d-out");
        }
        return new AttentionFiles(
                RowSource.open(BlockWriter.folder(folder, "out", configuration), configuration),
                RowSource.open(BlockWriter.folder(folder, "lse", configuration), configuration),
                RowSource.open(dOut, configuration));
    }

    private SparkConf conf() {
        if (local == null) {
            SparkConf conf = RingSettings.conf();
            if (!conf.contains("spark.master")) {
                throw new IllegalArgumentException(
                        "nowhere to run: give --local N for N executor processes on this machine, or submit to a cluster with spark-submit --master");
            }
            return conf;
        }
        if (local < 1) {
            throw new IllegalArgumentException(
                    "--local needs at least 1 process, not %d".formatted(local));
        }
        System.setProperty("log4j2.configurationFile", "heed/ring/log4j2.properties");
        return LocalCluster.conf(local, 1, executorMemory)
                .set(
                        "spark.ui.showConsoleProgress",
                        System.getProperty("heed.stderr.terminal", "false"));
    }

    private RingInput input(Configuration configuration) throws IOException {
        RingInput input = unmasked(configuration);
        input = input.withMask(Masks.parse(mask));
        if (scale != null) {
            input = input.withScale(scale);
        }
        return softCap == null ? input : input.withSoftCap(softCap);
    }

    private RingInput unmasked(Configuration configuration) throws IOException {
        if (random != null) {
            if (q != null || k != null || v != null) {
                throw new IllegalArgumentException("give --random or files, not both");
            }
            int[] shape = Masks.numbers("--random", random, "x", 3);
            return random(shape, seed);
        }
        if (q == null || k == null || v == null) {
            throw new IllegalArgumentException("give --q, --k and --v, or --random");
        }
        return RingInput.of(
                RowSource.open(q, configuration),
                RowSource.open(k, configuration),
                RowSource.open(v, configuration));
    }

    /** {@code [n, H, d]}: normally distributed queries, keys and values. */
    static RingInput random(int[] shape, long seed) {
        return RingInput.of(
                new RandomRows("q", shape[1], shape[0], shape[2], 3 * seed),
                new RandomRows("k", shape[1], shape[0], shape[2], 3 * seed + 1),
                new RandomRows("v", shape[1], shape[0], shape[2], 3 * seed + 2));
    }
}

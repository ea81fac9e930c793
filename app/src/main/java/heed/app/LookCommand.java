package heed.app;

import heed.microscope.HeadId;
import heed.microscope.Relevance.Measure;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed look}: which tokens each token of a text attends to. */
@Command(
        name = "look",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows which words each word of a text attends to, in a real model.",
            "",
            "By default the measure is norm-weighted relevance over all heads; special tokens and the word"
                    + " itself are taken out, and their share is printed.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed look \"The trophy didn't fit in the suitcase because it was too big.\"",
            "  heed look \"…\" --token it --head L3H1 --measure raw",
            "  heed look \"…\" --map",
            "  heed look --file letter.txt --format json --output letter.json"
        })
final class LookCommand implements Callable<Integer> {

    enum Format {
        TEXT,
        JSON,
        CSV
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "TEXT",
            description = "The text; - or nothing for standard input.")
    private @Nullable String text;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "Reads the text from a UTF-8 file.")
    private @Nullable Path file;

    @Option(
            names = "--token",
            paramLabel = "WORD[:K]",
            description = "Looks from this word alone, or from its K-th occurrence.")
    private @Nullable String token;

    @Option(
            names = "--head",
            paramLabel = "L3H1",
            description = "One head: layer 3, head 1, both from 0.")
    private @Nullable String head;

    @Option(names = "--layer", paramLabel = "N", description = "The heads of one layer, from 0.")
    private @Nullable Integer layer;

    @Option(
            names = "--measure",
            paramLabel = "MEASURE",
            defaultValue = "NORM",
            description = {
                "norm: Σ‖αf(x)‖ over heads, the length of what attention moves (default).",
                "raw: the attention weights themselves, averaged if there are several heads.",
                "rollout: attention rollout through all layers."
            })
    private Measure measure = Measure.NORM;

    @Option(
            names = "--top",
            paramLabel = "K",
            defaultValue = "3",
            description = "Words to show for each word; 0 for all, in text order (default: 3).")
    private int top = 3;

    @Option(names = "--pieces", description = "Shows the model's own pieces instead of words.")
    private boolean pieces;

    @Option(names = "--special", description = "Shows special tokens such as [CLS] too.")
    private boolean special;

    @Option(names = "--map", description = "Draws a heat map: rows look, columns are looked at.")
    private boolean map;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "TEXT",
            description = "text (default), json or csv.")
    private Format format = Format.TEXT;

    @Option(names = "--output", paramLabel = "FILE", description = "Writes to a file.")
    private @Nullable Path output;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            defaultValue = "minilm",
            description = Models.MODEL_OR_DEFAULT)
    private String model = "minilm";

    @Option(names = "--verbose", description = "Shows where an error came from.")
    @SuppressWarnings("UnusedVariable") // read by the exception handler, of the parse result
    private boolean verbose;

    /** Where {@code -} reads from. */
    private final InputStream standardInput = System.in;

    @Override
    public Integer call() throws Exception {
        check();
        String given = TextSource.read(text, file, standardInput);
        Look look =
                new Look(
                        model,
                        measure,
                        head == null ? null : parse(head),
                        layer,
                        token,
                        map ? 0 : top,
                        pieces,
                        special);
        LookResult result = look.at(given, Models.find(model, spec.commandLine().getErr()));
        Output.write(render(result), output, spec.commandLine().getOut());
        return 0;
    }

    /** What can be refused before any work is done. */
    private void check() {
        if (top < 0) {
            throw new BadInputException("--top must be 0 (all) or more, not %d".formatted(top));
        }
        if (head != null && layer != null) {
            throw new BadInputException(
                    "give --head or --layer, not both: --head L3H1 names its layer");
        }
        if (measure == Measure.ROLLOUT && (head != null || layer != null)) {
            throw new BadInputException(
                    "rollout goes through all layers: leave out --head and --layer, or take --measure raw");
        }
        if (map && format != Format.TEXT) {
            throw new BadInputException("--map is text: leave out --format, or --map");
        }
        if (output != null) {
            Output.checkWritable(output);
        }
    }

    private static HeadId parse(String head) {
        try {
            return HeadId.parse(head);
        } catch (IllegalArgumentException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
    }

    private String render(LookResult result) {
        boolean colour = output == null && Terminal.hasColour();
        return switch (format) {
            case TEXT -> map ? HeatMap.render(result, colour) : LookText.render(result);
            case JSON -> LookJson.render(result);
            case CSV -> LookCsv.render(result);
        };
    }
}

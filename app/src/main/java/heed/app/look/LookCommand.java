package heed.app.look;

import heed.app.terminal.BadInputException;
import heed.app.terminal.ModelOption;
import heed.app.terminal.Models;
import heed.app.terminal.Output;
import heed.app.terminal.OutputOption;
import heed.app.terminal.Terminal;
import heed.app.terminal.TextInput;
import heed.app.terminal.Verbose;
import heed.app.terminal.WorkProgress;
import heed.microscope.look.Focus;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.look.TokenChoice;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Occlusion;
import heed.page.document.LookDocument;
import heed.page.figure.Figure;
import heed.page.figure.FigureFormat;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
            "  heed look \"…\" --head L3H1,L3H7,L5",
            "  heed look \"…\" --map",
            "  heed look \"…\" --head L3H1 --measure raw --format svg --output head.svg",
            "  heed look \"…\" --format html --output look.html",
            "  heed look --file letter.txt --format json --output letter.json"
        })
public final class LookCommand implements Callable<Integer> {

    enum Format {
        TEXT,
        JSON,
        CSV,
        SVG,
        PNG,
        HTML
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private final TextInput text = new TextInput();

    @Option(
            names = "--token",
            paramLabel = "WORD[:K]",
            description = "Looks from this word alone, or from its K-th occurrence.")
    private @Nullable String token;

    @Option(
            names = "--head",
            paramLabel = "L3H1",
            description = {
                "One head: layer 3, head 1, both from 0.",
                "Or several together: L3H1,L0H2,L5, of which L5 is all of a layer."
            })
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
                "rollout: attention rollout through all layers; a rough guide.",
                "alti: contributions of tokens through all layers."
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

    @Option(
            names = "--second",
            paramLabel = "TEXT",
            description = "A second text that an encoder reads with the first.")
    private @Nullable String second;

    @Option(
            names = "--check",
            description =
                    "Takes each word away in turn, and says how far each measure agrees with the effect.")
    private boolean check;

    @Option(
            names = "--export",
            paramLabel = "FILE",
            description = "Writes all attention weights to a .npz or .safetensors file instead.")
    private @Nullable Path export;

    @Option(
            names = "--rows",
            paramLabel = "FROM:TO",
            description =
                    "With --export: the rows of these pieces alone, from 0, without the last.")
    private @Nullable String rows;

    @Option(names = "--map", description = "Draws a heat map: rows look, columns are looked at.")
    private boolean map;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "TEXT",
            description = {
                "text (default), json or csv; svg or png for a picture;",
                "html for a page of all measures and heads in one file;",
                "of more than 200 words, and with --head, for the map of that head."
            })
    private Format format = Format.TEXT;

    @Mixin private final LookPicture picture = new LookPicture();

    @Mixin private final OutputOption output = new OutputOption();

    @Mixin private final ModelOption model = new ModelOption();

    @Mixin final Verbose verbose = new Verbose();

    /** Where bytes go that no file is named for. */
    private final OutputStream standardOutput = System.out;

    @Override
    public Integer call() throws Exception {
        checkOptions();
        String given = text.read();
        Look look =
                new Look(
                        measure,
                        selection(),
                        token == null ? null : new TokenChoice(token),
                        map ? 0 : top,
                        pieces,
                        special);
        PrintWriter out = spec.commandLine().getOut();
        if (export != null) {
            out.println(export(new LookExport(look, export, rows), given));
            return 0;
        }
        FigureFormat drawn = drawn();
        if (drawn != null) {
            Figure figure = draw(picture.question(look), given);
            output.writeBytes(stream -> drawn.write(figure, stream), standardOutput);
            return 0;
        }
        if (format == Format.HTML) {
            byte[] page = page(look, given).getBytes(StandardCharsets.UTF_8);
            output.writeBytes(stream -> stream.write(page), standardOutput);
            return 0;
        }
        LookAnswer answer = ask(look, given);
        output.write(writer -> write(answer, writer), out);
        return 0;
    }

    private @Nullable FigureFormat drawn() {
        return switch (format) {
            case SVG -> FigureFormat.SVG;
            case PNG -> FigureFormat.PNG;
            case TEXT, JSON, CSV, HTML -> null;
        };
    }

    private String page(Look look, String given) throws IOException {
        try (PretrainedModel opened = open();
                WorkProgress progress = new WorkProgress(spec.commandLine().getErr())) {
            String other = second == null ? null : second.strip();
            return new LookDocument(Models.shown(model.name()), look, given, other)
                    .html(opened, progress);
        }
    }

    private Figure draw(Look look, String given) throws IOException {
        if (!picture.isGrid()) {
            return picture.figure(ask(look, given));
        }
        try (PretrainedModel opened = open();
                WorkProgress progress = new WorkProgress(spec.commandLine().getErr())) {
            return picture.grid(
                    model.name(), opened.heads(), look.ofEachHead(opened, given, progress));
        }
    }

    private PretrainedModel open() throws IOException {
        return model.open(spec.commandLine().getErr());
    }

    private LookAnswer ask(Look look, String given) throws IOException {
        try (PretrainedModel opened = open();
                WorkProgress progress = new WorkProgress(spec.commandLine().getErr())) {
            LookResult result =
                    second == null
                            ? look.at(opened, given, progress)
                            : look.at(opened, given, second.strip(), progress);
            return new LookAnswer(model.name(), result, checked(opened, result, progress));
        }
    }

    private String export(LookExport exporting, String given) throws IOException {
        try (PretrainedModel opened = open();
                WorkProgress progress = new WorkProgress(spec.commandLine().getErr())) {
            return exporting.write(opened, given, progress);
        }
    }

    private Optional<Occlusion.Result> checked(
            PretrainedModel opened, LookResult result, WorkProgress progress) {
        return check
                ? Optional.of(
                        Occlusion.check(
                                opened,
                                result.tokens(),
                                result.units(),
                                result.queries().stream().map(Focus::query).toList(),
                                progress))
                : Optional.empty();
    }

    private Selection selection() {
        if (head != null) {
            return Selection.parse(head);
        }
        return layer != null ? Selection.ofLayer(layer) : Selection.all();
    }

    /** What can be refused before any work is done. */
    private void checkOptions() {
        if (top < 0) {
            throw new BadInputException("--top must be 0 (all) or more, not %d".formatted(top));
        }
        if (head != null && layer != null) {
            throw new BadInputException(
                    "give --head or --layer, not both: --head L3H1 names its layer");
        }
        if (measure.isOfWholeModel() && (head != null || layer != null)) {
            throw new BadInputException(
                    "%s goes through all layers: leave out --head and --layer, or take --measure raw"
                            .formatted(measure.name().toLowerCase(Locale.ROOT)));
        }
        if (map && format != Format.TEXT) {
            throw new BadInputException("--map is text: leave out --format, or --map");
        }
        if ((drawn() != null || format == Format.HTML) && (check || export != null)) {
            throw new BadInputException(
                    "a picture shows weights: leave out --check and --export, or --format");
        }
        if (format == Format.HTML) {
            checkPage();
        }
        picture.check(drawn(), head != null || layer != null, output.isFile());
        if (picture.isGrid() && second != null) {
            throw new BadInputException("--view grid draws one text: leave out --second");
        }
        if (second != null && second.isBlank()) {
            throw new BadInputException("the second text is empty: give at least one word");
        }
        if (rows != null && export == null) {
            throw new BadInputException("--rows goes with --export: what to look from is --token");
        }
        if (export != null && (map || check || output.isFile() || second != null)) {
            throw new BadInputException(
                    "--export writes weights alone: leave out --map, --check, --output and --second");
        }
        output.check();
        if (export != null) {
            Output.checkWritable(export);
        }
    }

    private void checkPage() {
        if (token != null || layer != null) {
            throw new BadInputException(
                    "a page has all words and layers: leave out --token and --layer");
        }
        if (head != null && !(selection() instanceof Selection.OfHead)) {
            throw new BadInputException("a page opens one head, not %s".formatted(head));
        }
        if (!output.isFile() && Terminal.isOutput()) {
            throw new BadInputException(
                    "a page is long: give --output FILE, or send standard output elsewhere");
        }
    }

    private void write(LookAnswer answer, Writer writer) throws IOException {
        boolean colour = !output.isFile() && Terminal.hasColour();
        switch (format) {
            case TEXT ->
                    writer.write(map ? HeatMap.render(answer, colour) : LookText.render(answer));
            case JSON -> LookJson.write(answer, writer);
            case CSV -> LookCsv.write(answer.result(), writer);
            case SVG, PNG, HTML ->
                    throw new IllegalStateException("pictures are written elsewhere");
        }
    }
}

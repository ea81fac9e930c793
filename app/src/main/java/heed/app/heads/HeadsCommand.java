package heed.app.heads;

import heed.app.terminal.BadInputException;
import heed.app.terminal.ModelOption;
import heed.app.terminal.OutputOption;
import heed.app.terminal.TextInput;
import heed.app.terminal.Verbose;
import heed.app.terminal.WorkProgress;
import heed.microscope.HeadId;
import heed.microscope.heads.HeadMeasure;
import heed.page.figure.Figure;
import heed.page.figure.FigureFormat;
import heed.transformer.model.PretrainedModel;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed heads}: what each head of a model does. */
@Command(
        name = "heads",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Says what each attention head of a model does, on a text, a treebank or pairs of sentences.",
            "",
            "A head gets a label only where a figure has earned it, and the figure stands beside it.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed heads --file letter.txt --sort previous",
            "  heed heads --treebank en_ewt-ud-dev.conllu --format json --output heads.json",
            "  heed heads --file letter.txt --format svg --output heads.svg",
            "  heed heads --pairs gender",
            "  heed heads --random 50 --model SmolLM2.gguf --sort induction"
        })
public final class HeadsCommand implements Callable<Integer> {

    enum Format {
        TEXT,
        JSON,
        CSV,
        SVG,
        PNG
    }

    /** Takes {@code offset-share} for OFFSET_SHARE. */
    private static final class MeasureName implements CommandLine.ITypeConverter<HeadMeasure> {
        @Override
        public HeadMeasure convert(String value) {
            try {
                return HeadMeasure.valueOf(value.toUpperCase(Locale.ROOT).replace('-', '_'));
            } catch (IllegalArgumentException e) {
                String names =
                        Stream.of(HeadMeasure.values())
                                .map(m -> m.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                                .collect(Collectors.joining(", "));
                throw new CommandLine.TypeConversionException(
                        "'%s' is no measure: take one of %s".formatted(value, names));
            }
        }
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private final TextInput text = new TextInput();

    @Option(
            names = "--treebank",
            paramLabel = "FILE",
            description =
                    "Scores every head on a treebank in CoNLL-U: how often a word's hardest look finds the word"
                            + " that it depends on, and the other way round.")
    private @Nullable Path treebank;

    @Option(
            names = "--no-split",
            description =
                    "Chooses the best heads on all sentences and scores them there, not half and half.")
    private boolean noSplit;

    @Option(
            names = "--pairs",
            paramLabel = "FILE",
            description =
                    "Scores every head on cases of reference, one JSON object a line; gender or number for"
                            + " pairs that come with it.")
    private @Nullable String pairs;

    @Option(
            names = "--random",
            paramLabel = "N",
            description = "Has a decoder read N random tokens twice.")
    private @Nullable Integer random;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Of the random tokens (default 0).")
    private long seed;

    @Option(
            names = "--sort",
            paramLabel = "MEASURE",
            converter = MeasureName.class,
            description = "The heads with the largest values first, as --sort previous.")
    private @Nullable HeadMeasure sort;

    @Option(
            names = "--head",
            paramLabel = "L3H1",
            description = "One head in full, and those that attend like it.")
    private @Nullable String head;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "TEXT",
            description = "text (default), json or csv; svg or png for a picture.")
    private Format format = Format.TEXT;

    @Mixin private final HeadsPicture picture = new HeadsPicture();

    @Mixin private final OutputOption output = new OutputOption();

    @Mixin private final ModelOption model = new ModelOption();

    @Mixin final Verbose verbose = new Verbose();

    /** Where bytes go that no file is named for. */
    private final OutputStream standardOutput = System.out;

    @Override
    public Integer call() throws Exception {
        check();
        HeadId chosen = head == null ? null : HeadId.parse(head);
        HeadsReport report;
        List<HeadId> all;
        int headsOfLayer;
        try (PretrainedModel opened = model.open(spec.commandLine().getErr());
                WorkProgress progress = new WorkProgress(spec.commandLine().getErr())) {
            headsOfLayer = opened.heads();
            all = HeadId.all(opened.attention().size(), headsOfLayer);
            HeadsSurvey survey = new HeadsSurvey(opened, model.name(), sort, chosen, progress);
            report = survey(survey);
        }
        FigureFormat drawn = drawn();
        if (drawn != null) {
            Figure figure = picture.figure(report, headsOfLayer);
            output.writeBytes(stream -> drawn.write(figure, stream), standardOutput);
            return 0;
        }
        output.write(
                writer -> write(report, all, headsOfLayer, writer), spec.commandLine().getOut());
        return 0;
    }

    private @Nullable FigureFormat drawn() {
        return switch (format) {
            case SVG -> FigureFormat.SVG;
            case PNG -> FigureFormat.PNG;
            case TEXT, JSON, CSV -> null;
        };
    }

    private HeadsReport survey(HeadsSurvey survey) throws IOException {
        if (treebank != null) {
            return survey.ofTreebank(treebank, !noSplit);
        }
        if (pairs != null) {
            return survey.ofPairs(pairs);
        }
        return random != null ? survey.ofRandom(random, seed) : survey.ofText(text.read());
    }

    /** What can be refused before any work is done. */
    private void check() {
        long sources =
                Stream.of(treebank, pairs, random, text.isGiven() ? text : null)
                        .filter(source -> source != null)
                        .count();
        if (sources > 1) {
            throw new BadInputException(
                    "give one of a text, --file, --treebank, --pairs and --random");
        }
        if (noSplit && treebank == null) {
            throw new BadInputException("--no-split goes with --treebank");
        }
        if (pairs != null && (sort != null || head != null)) {
            throw new BadInputException(
                    "--pairs ranks heads by what they get right: leave out --sort and --head");
        }
        if (sort != null && head != null) {
            throw new BadInputException("give --sort or --head, not both");
        }
        picture.check(drawn(), head != null || sort != null || pairs != null, output.isFile());
        output.check();
    }

    private void write(HeadsReport report, List<HeadId> all, int headsOfLayer, Writer writer)
            throws IOException {
        switch (format) {
            case TEXT -> writer.write(HeadsText.render(report));
            case JSON -> writer.write(HeadsJson.render(report, headsOfLayer));
            case CSV -> HeadsCsv.write(report, all, writer);
            case SVG, PNG -> throw new IllegalStateException("pictures are written as bytes");
        }
    }
}

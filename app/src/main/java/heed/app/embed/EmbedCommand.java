package heed.app.embed;

import heed.app.terminal.BadInputException;
import heed.app.terminal.ModelOption;
import heed.app.terminal.OutputOption;
import heed.app.terminal.Progress;
import heed.app.terminal.Terminal;
import heed.app.terminal.TextSource;
import heed.app.terminal.Verbose;
import heed.transformer.embed.Pooling;
import heed.transformer.embed.Role;
import heed.transformer.embed.TextEmbedder;
import heed.transformer.embed.TooLong;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code heed embed}: a vector for each text. */
@Command(
        name = "embed",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Turns texts into vectors: texts that mean the same point the same way.",
            "",
            "A vector is what the model's files say it is, as sentence-transformers reads them: for minilm the"
                    + " mean of the last hidden states, scaled to length 1, so that the dot product of two is"
                    + " their cosine similarity.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed embed \"A dog plays.\" \"A puppy runs around.\"",
            "  heed embed --file lines.txt --format npy --output vectors.npy",
            "  heed embed --model ./bge-small --prompt query \"how do whales sleep\""
        })
public final class EmbedCommand implements Callable<Integer> {

    enum Format {
        JSON,
        CSV,
        NPY
    }

    /** Fewer texts than this are done before a progress bar could be read. */
    private static final int TEXTS_WITH_PROGRESS = 100;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "0..*",
            paramLabel = "TEXT",
            description = "The texts; - or nothing for standard input, one text a line.")
    private List<String> texts = List.of();

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "Reads the texts from a UTF-8 file, one a line.")
    private @Nullable Path file;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "JSON",
            description = {
                "json: a line {\"text\", \"vector\"} for each text (default).",
                "csv: a line for each text, a column for each dimension.",
                "npy: a NumPy file, float32, [texts, dimensions]."
            })
    private Format format = Format.JSON;

    @Option(
            names = "--prompt",
            paramLabel = "query|document|TEXT",
            description =
                    "Puts the model's own prompt for what is asked for, or for what is searched, before each"
                            + " text; or this text.")
    private @Nullable String prompt;

    @Option(
            names = "--truncate",
            description =
                    "Embeds the first tokens of a text that has too many; without it such a text is refused.")
    private boolean truncate;

    @Option(
            names = "--pooling",
            paramLabel = "POOLING",
            split = ",",
            converter = PoolingConverter.class,
            description =
                    "How states become a vector: cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken,"
                            + " or several joined by commas. For models whose files do not say it.")
    private List<Pooling> pooling = List.of();

    @Mixin private final OutputOption output = new OutputOption();

    @Mixin private final ModelOption model = new ModelOption();

    @Mixin final Verbose verbose = new Verbose();

    /** Where {@code -} reads from. */
    private final InputStream standardInput = System.in;

    /** Where bytes go that no file is named for. */
    private final OutputStream standardOutput = System.out;

    @Override
    public Integer call() throws Exception {
        check();
        List<String> given = TextSource.lines(texts, file, standardInput);
        write(given, embed(given));
        return 0;
    }

    /** What can be refused before any work is done. */
    private void check() {
        output.check();
        if (!output.isFile() && format == Format.NPY && Terminal.isOutput()) {
            throw new BadInputException(
                    "npy is binary: give --output FILE, or send standard output elsewhere");
        }
    }

    private float[][] embed(List<String> given) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        boolean shown = Terminal.isError() && given.size() > TEXTS_WITH_PROGRESS;
        try (TextEmbedder embedder = open(model.find(err))) {
            String before = promptOf(embedder);
            if (pooling.isEmpty() && !embedder.isPoolingKnown()) {
                err.printf(
                        "heed: the files of %s do not say how its states become a vector: %s is taken, --pooling names another%n",
                        model.name(), embedder.pooling().getFirst().setting());
                err.flush();
            }
            ModelOption.note(embedder.note(), err);
            try (Progress progress =
                    shown ? Progress.bar("embed", " texts", given.size(), err) : Progress.none()) {
                return embed(embedder, given, before, progress);
            }
        }
    }

    private TextEmbedder open(String where) throws IOException {
        TextEmbedder.Builder settings =
                TextEmbedder.builder(where)
                        .tooLong(truncate ? TooLong.CUT : TooLong.REFUSE)
                        .pooling(pooling.toArray(Pooling[]::new));
        try {
            return settings.open();
        } catch (IllegalArgumentException e) {
            throw new BadInputException(
                    e.getMessage() + ": take another --pooling, or leave it out", e);
        }
    }

    /** The words that go before each text. */
    private String promptOf(TextEmbedder embedder) {
        if (prompt == null) {
            return embedder.prompt(Role.NONE);
        }
        Role role =
                switch (prompt) {
                    case "query" -> Role.QUERY;
                    case "document" -> Role.DOCUMENT;
                    default -> Role.NONE;
                };
        if (role == Role.NONE) {
            return prompt;
        }
        if (!embedder.tellsRolesApart()) {
            throw new BadInputException(
                    "the files of %s name no prompts for queries and documents: leave --prompt out, or give its words"
                            .formatted(model.name()));
        }
        return embedder.prompt(role);
    }

    private static float[][] embed(
            TextEmbedder embedder, List<String> given, String before, Progress progress) {
        try {
            return embedder.embed(given, before, progress::accept).vectors();
        } catch (IllegalArgumentException e) {
            throw new BadInputException(
                    e.getMessage() + ": shorten it, split it, or cut it with --truncate", e);
        }
    }

    static final class PoolingConverter implements ITypeConverter<Pooling> {
        @Override
        public Pooling convert(String setting) {
            try {
                return Pooling.of(setting);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    private void write(List<String> given, float[][] vectors) {
        PrintWriter out = spec.commandLine().getOut();
        switch (format) {
            case JSON -> output.write(to -> Embeddings.json(given, vectors, to), out);
            case CSV -> output.write(to -> Embeddings.csv(given, vectors, to), out);
            case NPY -> output.writeBytes(to -> Embeddings.npy(vectors, to), standardOutput);
        }
    }
}

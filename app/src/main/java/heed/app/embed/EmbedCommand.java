package heed.app.embed;

import heed.app.terminal.BadInputException;
import heed.app.terminal.ModelOption;
import heed.app.terminal.OutputOption;
import heed.app.terminal.Progress;
import heed.app.terminal.Terminal;
import heed.app.terminal.TextSource;
import heed.app.terminal.Verbose;
import heed.transformer.model.PretrainedBert;
import heed.transformer.model.TextEmbedder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed embed}: a vector for each text. */
@Command(
        name = "embed",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Turns texts into vectors: texts that mean the same point the same way.",
            "",
            "A vector is the mean of the model's last hidden states, scaled to length 1: the dot product"
                    + " of two is their cosine similarity.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  heed embed \"A dog plays.\" \"A puppy runs around.\"",
            "  heed embed --file lines.txt --format npy --output vectors.npy"
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
        boolean shown = Terminal.isError() && given.size() > TEXTS_WITH_PROGRESS;
        try (PretrainedBert bert = PretrainedBert.open(model.find(spec.commandLine().getErr()));
                Progress progress =
                        shown
                                ? Progress.bar(
                                        "embed",
                                        " texts",
                                        given.size(),
                                        spec.commandLine().getErr())
                                : Progress.none()) {
            ModelOption.note(bert, spec.commandLine().getErr());
            return embed(new TextEmbedder(bert), given, progress);
        }
    }

    private static float[][] embed(TextEmbedder embedder, List<String> given, Progress progress) {
        try {
            return embedder.embed(given, progress::accept);
        } catch (IllegalArgumentException e) {
            throw new BadInputException(e.getMessage() + ": shorten it, or split it", e);
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

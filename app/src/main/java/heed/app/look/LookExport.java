package heed.app.look;

import heed.app.terminal.BadInputException;
import heed.app.terminal.Output;
import heed.microscope.AttentionTrace;
import heed.microscope.Listener;
import heed.microscope.MemoryNeed;
import heed.microscope.ModelRun;
import heed.microscope.Units;
import heed.microscope.export.WeightsExport;
import heed.microscope.look.Look;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code look --export}: all weights in a file.
 *
 * @param look of which the token counts: its rows alone
 * @param rows {@code FROM:TO}, or null for those of the token, or all
 */
record LookExport(Look look, Path file, @Nullable String rows) {
    private static final Pattern RANGE = Pattern.compile("(\\d{1,9}):(\\d{1,9})");
    private static final long BYTES_OF_ELEMENT = 4 * Float.BYTES * 2;

    /** Writes the file, and tells what it holds. */
    String write(PretrainedModel model, String text, Listener listener) throws IOException {
        WeightsExport.Format format = WeightsExport.Format.of(file.toString());
        Tokens tokens = ModelRun.encode(model, text);
        Look.checkLength(model, tokens);
        BitSet wanted = wanted(tokens);
        long bytes =
                WeightsExport.bytes(
                        model.attention().size(),
                        model.heads(),
                        wanted.cardinality(),
                        tokens.size());
        checkSpace(bytes);
        MemoryNeed.reading(model, tokens.size(), wanted.cardinality())
                .plus(MemoryNeed.traversal(tokens.size(), BYTES_OF_ELEMENT))
                .check(
                        "writing the weights of %,d tokens".formatted(tokens.size()),
                        "take some rows");
        ModelRun run = ModelRun.of(model, tokens, AttentionTrace.ofQueries(wanted), listener);
        int[] queries = wanted.stream().toArray();
        Output.writeBytes(
                stream -> new WeightsExport(run, queries, listener).write(stream, format),
                file,
                OutputStream.nullOutputStream());
        return "%s: attention.0 to attention.%d, each [%d heads, %d rows, %d tokens]"
                .formatted(
                        file,
                        model.attention().size() - 1,
                        model.heads(),
                        queries.length,
                        tokens.size());
    }

    private BitSet wanted(Tokens tokens) {
        BitSet wanted = new BitSet();
        if (rows != null) {
            Matcher range = RANGE.matcher(rows);
            int from = range.matches() ? Integer.parseInt(range.group(1)) : 0;
            int to = range.matches() ? Integer.parseInt(range.group(2)) : 0;
            if (from >= to || to > tokens.size()) {
                throw new BadInputException(
                        "--rows must be FROM:TO within 0:%d, not %s"
                                .formatted(tokens.size(), rows));
            }
            wanted.set(from, to);
        } else if (look.token() != null) {
            Units units = look.unitsOf(tokens);
            for (int unit : look.token().in(units)) {
                wanted.set(units.get(unit).firstPiece(), units.get(unit).endPiece());
            }
        } else {
            wanted.set(0, tokens.size());
        }
        return wanted;
    }

    private void checkSpace(long bytes) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        long free = folder == null ? Long.MAX_VALUE : Files.getFileStore(folder).getUsableSpace();
        if (bytes > free) {
            throw new BadInputException(
                    "the weights take %,d MB and the disk has %,d MB left: take some rows, with --rows FROM:TO or --token"
                            .formatted(bytes / 1_000_000, free / 1_000_000));
        }
    }
}

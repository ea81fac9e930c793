package heed.app.look;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import heed.microscope.look.Focus;
import heed.microscope.look.LookResult;
import java.io.IOException;
import java.io.Writer;

/** {@code look} as CSV: one line for each pair of tokens. */
final class LookCsv {

    static void write(LookResult result, Writer writer) throws IOException {
        CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(writer);
        csv.writeRecord("from", "from_index", "to", "to_index", "weight");
        for (Focus focus : result.queries()) {
            for (Focus.Target target : focus.attends()) {
                csv.writeRecord(
                        result.token(focus.query()),
                        String.valueOf(focus.query()),
                        result.token(target.key()),
                        String.valueOf(target.key()),
                        String.valueOf((float) target.weight()));
            }
        }
        csv.flush();
    }

    private LookCsv() {}
}

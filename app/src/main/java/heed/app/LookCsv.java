package heed.app;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import heed.microscope.Focus;
import java.io.StringWriter;

/** {@code look} as CSV: one line for each pair of tokens. */
final class LookCsv {

    static String render(LookResult result) {
        StringWriter text = new StringWriter();
        CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text);
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
        return text.toString();
    }

    private LookCsv() {}
}

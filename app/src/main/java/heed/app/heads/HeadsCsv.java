package heed.app.heads;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import heed.microscope.HeadId;
import heed.microscope.coreference.PairScores;
import heed.microscope.heads.HeadLabel;
import heed.microscope.heads.HeadMeasure;
import heed.microscope.heads.HeadProfile;
import heed.microscope.treebank.RelationScores;
import heed.microscope.treebank.TreebankScores;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code heads} as CSV: a line for each head; on a treebank for each relation and head; on cases
 * for each head.
 */
final class HeadsCsv {

    static void write(HeadsReport report, List<HeadId> heads, Writer writer) throws IOException {
        CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(writer);
        if (report.treebank().isPresent()) {
            writeTreebank(csv, report.treebank().get(), heads);
        } else if (report.pairs().isPresent()) {
            csv.writeRecord("head", "accuracy", "both");
            for (PairScores.HeadScore head : report.pairs().get().heads()) {
                csv.writeRecord(
                        head.head().toString(),
                        number(head.score().accuracy()),
                        number(head.score().both()));
            }
        } else {
            writeProfiles(csv, report);
        }
        csv.flush();
    }

    private static void writeProfiles(CsvWriter csv, HeadsReport report) {
        List<HeadMeasure> measures = report.measures();
        List<String> heading = new ArrayList<>(List.of("head"));
        measures.forEach(measure -> heading.add(measure.key()));
        heading.addAll(List.of("offset", "labels"));
        csv.writeRecord(heading);
        for (HeadProfile profile : report.profiles()) {
            List<String> line = new ArrayList<>(List.of(profile.head().toString()));
            measures.forEach(measure -> line.add(number(profile.get(measure))));
            line.add(String.valueOf(profile.offset()));
            line.add(
                    report.labels(profile).stream()
                            .map(HeadLabel::name)
                            .collect(Collectors.joining("; ")));
            csv.writeRecord(line);
        }
    }

    private static void writeTreebank(CsvWriter csv, TreebankScores scores, List<HeadId> heads) {
        csv.writeRecord(
                "relation",
                "count",
                "offset",
                "offsetAccuracy",
                "head",
                "dependentToHead",
                "headToDependent");
        for (RelationScores relation : scores.relations()) {
            for (int head = 0; head < heads.size(); head++) {
                csv.writeRecord(
                        relation.relation(),
                        String.valueOf(relation.count()),
                        String.valueOf(relation.offset()),
                        number(relation.offsetAccuracy()),
                        heads.get(head).toString(),
                        number(relation.toHead().get(head)),
                        number(relation.toDependent().get(head)));
            }
        }
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "" : String.valueOf((float) value);
    }

    private HeadsCsv() {}
}

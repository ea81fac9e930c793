package heed.app.embed;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The formats of {@code embed}; the README documents them. */
final class Embeddings {
    private static final byte[] NPY_MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int NPY_ALIGNMENT = 64;

    /** A JSON object for each text, each on a line of its own. */
    static void json(List<String> texts, float[][] vectors, Writer out) throws IOException {
        JsonMapper mapper = JsonMapper.shared();
        for (int i = 0; i < vectors.length; i++) {
            ObjectNode line = mapper.createObjectNode();
            line.put("text", texts.get(i));
            ArrayNode vector = line.putArray("vector");
            for (float value : vectors[i]) {
                vector.add(value);
            }
            out.write(mapper.writeValueAsString(line));
            out.write('\n');
        }
    }

    /** A record for each text: the text, and a column for each dimension. */
    static void csv(List<String> texts, float[][] vectors, Writer out) throws IOException {
        CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(out);
        List<String> fields = new ArrayList<>(List.of("text"));
        for (int i = 0; i < vectors[0].length; i++) {
            fields.add(String.valueOf(i));
        }
        csv.writeRecord(fields);
        for (int i = 0; i < vectors.length; i++) {
            fields.clear();
            fields.add(texts.get(i));
            for (float value : vectors[i]) {
                fields.add(String.valueOf(value));
            }
            csv.writeRecord(fields);
        }
        csv.flush();
    }

    /**
     * A NumPy file, version 1.0: magic, the length of the header, the header padded so that the
     * numbers start at a multiple of 64, and float32 numbers {@code [texts, dimensions]},
     * little-endian.
     */
    static void npy(float[][] vectors, OutputStream out) throws IOException {
        int dimensions = vectors[0].length;
        String header =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"
                        .formatted(vectors.length, dimensions);
        int before = NPY_MAGIC.length + Short.BYTES;
        int end = before + header.length() + 1;
        int padding = Math.floorMod(-end, NPY_ALIGNMENT);
        String padded = header + " ".repeat(padding) + "\n";
        out.write(NPY_MAGIC);
        out.write(padded.length() & 0xff);
        out.write(padded.length() >>> 8);
        out.write(padded.getBytes(StandardCharsets.US_ASCII));
        ByteBuffer row =
                ByteBuffer.allocate(dimensions * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] vector : vectors) {
            row.asFloatBuffer().put(vector);
            out.write(row.array());
        }
    }

    private Embeddings() {}
}

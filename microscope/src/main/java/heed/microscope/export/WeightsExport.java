package heed.microscope.export;

import heed.attention.AttentionWeights;
import heed.attention.AttentionWeights.KeyRange;
import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.QuestionException;
import heed.microscope.Traversal;
import heed.microscope.WeightRows;
import heed.transformer.tokenizer.Tokens;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the attention weights of a run: for each layer {@code attention.L [heads, rows, n]} in
 * float32, 0 where the mask hides; beside them {@code ids [n]}, {@code spans [n, 2]} (the first
 * char of each piece in the text and the one behind its last, as UTF-16 counts them), {@code rows
 * [rows]} (the tokens that look), and as UTF-8 JSON in bytes {@code tokens} (the pieces) and {@code
 * text}. A safetensors file has tokens and text in its metadata too. Blocks of rows are made and
 * written in turn: memory grows with n alone.
 */
public final class WeightsExport {
    private static final String WHAT = "writing weights";

    /** Blocks that are made together. */
    private static final int TOGETHER = 4;

    /** What file the weights go to. */
    public enum Format {
        NPZ,
        SAFETENSORS;

        /** The format that a file's name asks for, or an error. */
        public static Format of(String name) {
            if (name.endsWith(".npz")) {
                return NPZ;
            }
            if (name.endsWith(".safetensors")) {
                return SAFETENSORS;
            }
            throw new QuestionException(
                    "weights go to a .npz or a .safetensors file, not to " + name);
        }
    }

    private final ModelRun run;
    private final int[] rows;
    private final Listener listener;

    /**
     * @param rows the tokens whose rows are written, rising; the run's trace has kept their queries
     */
    public WeightsExport(ModelRun run, int[] rows, Listener listener) {
        this.run = run;
        this.rows = rows.clone();
        this.listener = listener;
    }

    /** Bytes that the weights take. */
    public static long bytes(long layers, long heads, long rows, long tokens) {
        return Math.multiplyExact(
                Math.multiplyExact(layers * heads, rows), Math.multiplyExact(tokens, Float.BYTES));
    }

    /** Writes it all; the stream stays open. */
    public void write(OutputStream stream, Format format) throws IOException {
        Tokens tokens = run.tokens();
        byte[] pieces =
                JsonMapper.shared()
                        .writeValueAsBytes(
                                tokens.pieces().stream().map(Tokens.Piece::text).toList());
        byte[] text = JsonMapper.shared().writeValueAsBytes(tokens.text());
        int[] spans = spans(tokens);
        int n = tokens.size();
        List<WeightsSink.Header> headers = new ArrayList<>();
        headers.add(header("ids", WeightsSink.Type.INT, n));
        headers.add(header("spans", WeightsSink.Type.INT, n, 2));
        headers.add(header("rows", WeightsSink.Type.INT, rows.length));
        headers.add(header("tokens", WeightsSink.Type.BYTE, pieces.length));
        headers.add(header("text", WeightsSink.Type.BYTE, text.length));
        int heads = run.trace().heads();
        for (int layer = 0; layer < run.trace().layers(); layer++) {
            headers.add(
                    header("attention." + layer, WeightsSink.Type.FLOAT, heads, rows.length, n));
        }
        try (WeightsSink sink = sink(stream, format, headers, pieces, text)) {
            write(sink, headers.get(0), bytes(tokens.ids()));
            write(sink, headers.get(1), bytes(spans));
            write(sink, headers.get(2), bytes(rows));
            write(sink, headers.get(3), pieces);
            write(sink, headers.get(4), text);
            for (int layer = 0; layer < run.trace().layers(); layer++) {
                sink.begin(headers.get(5 + layer));
                writeLayer(sink, layer);
            }
        }
    }

    /** {@code [n, 2]}, in code points. */
    private static int[] spans(Tokens tokens) {
        String text = tokens.text();
        int[] codePoints = new int[text.length() + 1];
        for (int at = 0; at < text.length(); at++) {
            boolean begins = !Character.isLowSurrogate(text.charAt(at));
            codePoints[at + 1] = codePoints[at] + (begins ? 1 : 0);
        }
        return tokens.pieces().stream()
                .flatMapToInt(
                        piece -> IntStream.of(codePoints[piece.start()], codePoints[piece.end()]))
                .toArray();
    }

    private WeightsSink sink(
            OutputStream stream,
            Format format,
            List<WeightsSink.Header> headers,
            byte[] pieces,
            byte[] text)
            throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("model", run.model().name());
        metadata.put("tokens", new String(pieces, StandardCharsets.UTF_8));
        metadata.put("text", new String(text, StandardCharsets.UTF_8));
        return switch (format) {
            case NPZ -> new NpzSink(stream);
            case SAFETENSORS -> new SafetensorsSink(stream, headers, metadata);
        };
    }

    private static WeightsSink.Header header(String name, WeightsSink.Type type, Integer... shape) {
        return new WeightsSink.Header(name, type, List.of(shape));
    }

    private static void write(WeightsSink sink, WeightsSink.Header header, byte[] bytes)
            throws IOException {
        sink.begin(header);
        sink.write(bytes, bytes.length);
    }

    private static byte[] bytes(int[] ints) {
        ByteBuffer bytes =
                ByteBuffer.allocate(ints.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(ints);
        return bytes.array();
    }

    private void writeLayer(WeightsSink sink, int layer) throws IOException {
        List<int[]> blocks =
                Traversal.blocks(Arrays.stream(rows).mapToObj(row -> new int[] {row}).toList());
        int heads = run.trace().heads();
        for (int head = 0; head < heads; head++) {
            HeadId id = new HeadId(layer, head);
            for (int from = 0; from < blocks.size(); from += TOGETHER) {
                List<byte[]> made =
                        blocks
                                .subList(from, Math.min(blocks.size(), from + TOGETHER))
                                .parallelStream()
                                .map(block -> block(id, block))
                                .toList();
                for (byte[] bytes : made) {
                    sink.write(bytes, bytes.length);
                }
            }
            listener.done(
                    WHAT, (long) layer * heads + head + 1, (long) run.trace().layers() * heads);
        }
    }

    private byte[] block(HeadId head, int[] queries) {
        int n = run.trace().tokens();
        AttentionWeights weights = run.trace().weights(head.layer(), queries);
        WeightRows made = Traversal.rows(weights, head, queries, new float[queries.length][n]);
        KeyRange reach = made.reach();
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact((long) queries.length * n * Float.BYTES))
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < queries.length; i++) {
            bytes.asFloatBuffer()
                    .put(reach.from(), made.row(i), reach.from(), reach.end() - reach.from());
            bytes.position((i + 1) * n * Float.BYTES);
        }
        return bytes.array();
    }
}

package heed.microscope.export;

import static org.assertj.core.api.Assertions.assertThat;

import heed.attention.AttentionWeights;
import heed.microscope.AttentionTrace;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.model.PretrainedModel;
import heed.transformer.tokenizer.Tokens;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python's own readers are tried by hand, with {@code golden/read_export.py}. */
class WeightsExportTest {
    private static final Path GPT2 =
            Path.of("../transformer/src/test/resources/heed/transformer/golden/gpt2");
    private static final String TEXT = "The café has 2 cats 🙂, and she had the rain";
    private static final int[] SOME = {1, 2, 7};

    @TempDir private Path folder = Path.of("");

    private static ModelRun run(PretrainedModel model) {
        Tokens tokens = model.tokenizer().encode(TEXT);
        return ModelRun.of(model, tokens, AttentionTrace.ofAll(), Listener.none());
    }

    private static byte[] written(ModelRun run, int[] rows, WeightsExport.Format format)
            throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new WeightsExport(run, rows, Listener.none()).write(bytes, format);
        return bytes.toByteArray();
    }

    private static float[] expected(ModelRun run, int layer, int[] rows) {
        AttentionWeights weights = run.trace().weights(layer, rows);
        int n = run.tokens().size();
        float[] all = new float[run.trace().heads() * rows.length * n];
        for (int head = 0; head < run.trace().heads(); head++) {
            float[][] tile = weights.tile(head, 0, rows.length, 0, n);
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(tile[i], 0, all, (head * rows.length + i) * n, n);
            }
        }
        return all;
    }

    @Test
    void safetensorsHoldTheWeightsOfEachLayer() throws Exception {
        try (PretrainedModel model = PretrainedModel.open(GPT2.toString())) {
            ModelRun run = run(model);
            int n = run.tokens().size();
            int[] all = IntStream.range(0, n).toArray();
            Path file = folder.resolve("x.safetensors");
            Files.write(file, written(run, all, WeightsExport.Format.SAFETENSORS));
            var weights = SafetensorsFile.open(file).weights();
            for (int layer = 0; layer < run.trace().layers(); layer++) {
                assertThat(weights.get("attention." + layer, run.trace().heads(), n, n))
                        .isEqualTo(expected(run, layer, all));
            }
        }
    }

    @Test
    void npzHoldsSomeRowsAndWhatTheyAre() throws Exception {
        try (PretrainedModel model = PretrainedModel.open(GPT2.toString())) {
            ModelRun run = run(model);
            int n = run.tokens().size();
            List<String> names = new ArrayList<>();
            try (ZipInputStream zip =
                    new ZipInputStream(
                            new ByteArrayInputStream(
                                    written(run, SOME, WeightsExport.Format.NPZ)))) {
                for (ZipEntry entry = zip.getNextEntry();
                        entry != null;
                        entry = zip.getNextEntry()) {
                    names.add(entry.getName());
                    byte[] npy = zip.readAllBytes();
                    int header = (npy[8] & 0xff) + ((npy[9] & 0xff) << 8);
                    assertThat((10 + header) % 64).isZero();
                    ByteBuffer data =
                            ByteBuffer.wrap(npy, 10 + header, npy.length - 10 - header)
                                    .slice()
                                    .order(ByteOrder.LITTLE_ENDIAN);
                    String text = new String(npy, 10, header, StandardCharsets.US_ASCII);
                    if (entry.getName().equals("rows.npy")) {
                        assertThat(text).contains("'<i4'", "(3,)");
                        assertThat(data.getInt(8)).isEqualTo(7);
                    }
                    if (entry.getName().equals("spans.npy")) {
                        assertThat(text).contains("(%d, 2)".formatted(n));
                        assertThat(data.getInt((2 * n - 1) * Integer.BYTES))
                                .isEqualTo(TEXT.codePointCount(0, TEXT.length()));
                    }
                    if (entry.getName().equals("attention.1.npy")) {
                        assertThat(text)
                                .contains("'<f4'", "(%d, 3, %d)".formatted(run.trace().heads(), n));
                        float[] floats = new float[data.remaining() / 4];
                        data.asFloatBuffer().get(floats);
                        assertThat(floats).isEqualTo(expected(run, 1, SOME));
                    }
                }
            }
            assertThat(names)
                    .startsWith("ids.npy", "spans.npy", "rows.npy", "tokens.npy", "text.npy")
                    .contains("attention.0.npy", "attention.1.npy");
        }
    }
}

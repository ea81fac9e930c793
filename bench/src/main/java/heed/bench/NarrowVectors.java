package heed.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The forward pass with vectors of 256 bits, in a JVM of its own: what processors without AVX-512
 * do. PyTorch is held to 256 bits too; ONNX Runtime cannot be.
 */
final class NarrowVectors {
    private static final String CACHE = "org.bytedeco.javacpp.cachedir";
    private static final Map<String, String> ENVIRONMENT =
            Map.of("ATEN_CPU_CAPABILITY", "avx2", "OPENBLAS_CORETYPE", "HASWELL");

    /** Runs it, printing as it goes, and returns its rows. */
    static List<Report.Row> run(List<Integer> threads, int rounds) throws IOException {
        Path json = Files.createTempFile("heed-compare", ".json");
        try {
            String counts = threads.stream().map(String::valueOf).collect(Collectors.joining(","));
            new ChildJvm(
                            Compare.class,
                            List.of(
                                    "forward",
                                    "--only=n 2048 d 64",
                                    "--threads=" + counts,
                                    "--runs=" + rounds,
                                    "--peers=PYTORCH",
                                    "--json=" + json))
                    .with("-XX:UseAVX=2", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0")
                    .with("-Dorg.bytedeco.javacpp.cachedir=" + System.getProperty(CACHE, ""))
                    .run(ENVIRONMENT);
            JsonMapper mapper = JsonMapper.shared();
            List<Report.Row> rows = new ArrayList<>();
            for (JsonNode node : mapper.readTree(json.toFile()).required("rows")) {
                Report.Row row = mapper.treeToValue(node, Report.Row.class);
                rows.add(row.of(row.work() + ", 256-bit vectors"));
            }
            return rows;
        } finally {
            Files.delete(json);
        }
    }

    private NarrowVectors() {}
}

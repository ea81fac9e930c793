package heed.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The forward pass with vectors of 256 bits, in a JVM of its own: what processors without AVX-512
 * do. PyTorch is held to 256 bits too; ONNX Runtime cannot be.
 */
final class NarrowVectors {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("ATEN_CPU_CAPABILITY", "avx2", "OPENBLAS_CORETYPE", "HASWELL");

    /** Runs it, printing as it goes, and returns its rows. */
    static List<Report.Row> run(List<Integer> threads, int rounds) throws IOException {
        String counts = threads.stream().map(String::valueOf).collect(Collectors.joining(","));
        List<String> arguments =
                List.of(
                        "forward",
                        "--only=n 2048 d 64",
                        "--threads=" + counts,
                        "--runs=" + rounds,
                        "--peers=PYTORCH");
        return ChildCompare.rows(arguments, ENVIRONMENT, "-XX:UseAVX=2").stream()
                .map(row -> row.of(row.work() + ", 256-bit vectors"))
                .toList();
    }

    private NarrowVectors() {}
}

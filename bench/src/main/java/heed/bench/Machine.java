package heed.bench;

import heed.simd.Lanes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the figures were measured on and under which settings. */
final class Machine {
    private static final Path CPU = Path.of("/proc/cpuinfo");
    private static final List<String> ENVIRONMENT =
            List.of(
                    "OPENBLAS_CORETYPE",
                    "OPENBLAS_NUM_THREADS",
                    "OPENBLAS_THREAD_TIMEOUT",
                    "OMP_WAIT_POLICY",
                    "ATEN_CPU_CAPABILITY");

    /** The processor, and what was measured of it. */
    static Map<String, Object> describe(MachineLimits limits, List<Integer> threads) {
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("cpu", cpu());
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        machine.put("vectorBits", Lanes.FLOATS.vectorBitSize());
        Map<Integer, Double> peak = new LinkedHashMap<>();
        Map<Integer, Double> bandwidth = new LinkedHashMap<>();
        for (int count : threads) {
            peak.put(count, Report.rounded(limits.peak(count), 1));
            if (limits.bandwidth(count) > 0) {
                bandwidth.put(count, Report.rounded(limits.bandwidth(count), 1));
            }
        }
        machine.put("peakGflopsByThreads", peak);
        machine.put("readGigabytesPerSecondByThreads", bandwidth);
        return machine;
    }

    /** The environment that the peers look at. */
    static Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        for (String name : ENVIRONMENT) {
            String value = System.getenv(name);
            settings.put(name, value == null ? "unset" : value);
        }
        settings.put("java", Runtime.version().toString());
        return settings;
    }

    private static String cpu() {
        try {
            if (Files.isReadable(CPU)) {
                Map<String, String> fields = new LinkedHashMap<>();
                for (String line : Files.readAllLines(CPU)) {
                    String[] parts = line.split("\\s*:\\s*", 2);
                    fields.putIfAbsent(parts[0], parts.length == 2 ? parts[1] : "");
                }
                return "%s (family %s, model %s)"
                        .formatted(
                                fields.getOrDefault("model name", "unknown"),
                                fields.getOrDefault("cpu family", "?"),
                                fields.getOrDefault("model", "?"));
            }
            Process sysctl = new ProcessBuilder("sysctl", "-n", "machdep.cpu.brand_string").start();
            return new String(sysctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .strip();
        } catch (IOException e) {
            return "unknown";
        }
    }

    private Machine() {}
}

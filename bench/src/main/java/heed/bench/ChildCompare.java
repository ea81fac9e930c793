package heed.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A comparison in another JVM, which has flags of its own. */
final class ChildCompare {
    private static final String CACHE = "org.bytedeco.javacpp.cachedir";
    private static final String BENCH = "heed.bench";

    /** Runs it, printing as it goes, and returns its rows. */
    static List<Report.Row> rows(
            List<String> arguments, Map<String, String> environment, String... flags)
            throws IOException {
        Path json = Files.createTempFile("heed-compare", ".json");
        try {
            List<String> all = new ArrayList<>(arguments);
            all.add("--json=" + json);
            new ChildJvm(Compare.class, all)
                    .with(flags)
                    .with("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0")
                    .with("-D%s=%s".formatted(CACHE, System.getProperty(CACHE, "")))
                    .with("-D%s=%s".formatted(BENCH, System.getProperty(BENCH, "bench")))
                    .run(environment);
            JsonMapper mapper = JsonMapper.shared();
            List<Report.Row> rows = new ArrayList<>();
            for (JsonNode node : mapper.readTree(json.toFile()).required("rows")) {
                rows.add(mapper.treeToValue(node, Report.Row.class));
            }
            return rows;
        } finally {
            Files.delete(json);
        }
    }

    private ChildCompare() {}
}

package heed.attention.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The conformance suite of ONNX for {@code Attention}. The folder of its cases is given by the
 * system property {@value #PROPERTY}.
 */
class OnnxConformanceTest {
    private static final String PROPERTY = "heed.onnx.suite";
    private static final String DEFAULT = "../shared/data/onnx-attention";

    @Test
    void everyCaseOfTheSuitePasses() throws IOException {
        String given = System.getProperty(PROPERTY);
        Path folder = resolve(given == null ? DEFAULT : given);
        assumeTrue(
                given != null || Files.isDirectory(folder),
                () ->
                        "no conformance suite at %s: give its folder with -D%s=FOLDER"
                                .formatted(folder, PROPERTY));
        assertThat(folder).as("the folder that -D%s names", PROPERTY).isDirectory();
        List<ConformanceCase> cases;
        try (Stream<Path> folders = Files.list(folder)) {
            cases = folders.filter(Files::isDirectory).sorted().map(ConformanceCase::new).toList();
        }
        List<String> failures = new ArrayList<>();
        for (ConformanceCase each : cases) {
            failures.addAll(failure(each));
        }
        failures.forEach(System.out::println);
        System.out.printf(
                "onnx attention: %d passed, %d failed%n",
                cases.size() - failures.size(), failures.size());
        assertThat(cases).as("cases in %s", folder).isNotEmpty();
        assertThat(failures).isEmpty();
    }

    private static List<String> failure(ConformanceCase each) {
        try {
            each.run();
            return List.of();
        } catch (IOException | RuntimeException | AssertionError e) {
            return List.of("%s: %s".formatted(each.name(), e));
        }
    }

    /** A relative folder is looked for in the project's root folder, then in the module's. */
    private static Path resolve(String folder) {
        Path module = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        Path root = Objects.requireNonNull(module.getParent());
        Path fromRoot = root.resolve(folder).normalize();
        return Files.isDirectory(fromRoot) ? fromRoot : module.resolve(folder).normalize();
    }
}

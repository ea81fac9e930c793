package heed.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others are told to write. */
class ReadmeTest {
    private static final Path EXAMPLE = Path.of("../examples/plain");

    @TempDir private Path folder = Path.of("");

    @Test
    void theReadmeShowsTheExampleAsItIs() throws Exception {
        String readme = Files.readString(Path.of("../README.md"));
        assertThat(readme)
                .contains(Files.readString(EXAMPLE.resolve("src/main/java/Similar.java")))
                .contains(Files.readString(EXAMPLE.resolve("build.gradle.kts")));
        String dependencies =
                Files.readString(EXAMPLE.resolve("pom.xml"))
                        .replaceFirst("(?s).*?(?=  <dependencyManagement>)", "")
                        .replaceFirst("(?s)(?<=</dependencies>\n)\\s*<build>.*", "");
        assertThat(readme).contains(dependencies);
    }

    @Test
    void theExampleCompiles() {
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int exit =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                errors,
                                errors,
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-d",
                                folder.toString(),
                                EXAMPLE.resolve("src/main/java/Similar.java").toString());
        assertThat(exit).as(errors.toString(StandardCharsets.UTF_8)).isZero();
    }
}

package heed.springai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** A program of Spring Boot, in a fresh JVM. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class VectorModuleFailureAnalyzerTest {
    @TempDir private Path folder;

    /** Has an embedding model since that is on the class path, and prints how long vectors are. */
    @EnableAutoConfiguration
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            try (var context = SpringApplication.run(Program.class, args)) {
                System.out.println(context.getBean(HeedEmbeddingModel.class).embed("hi").length);
            }
        }
    }

    private String program(String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        process.waitFor();
        return Files.readString(output);
    }

    @Test
    void saysHowToStartAProgramWithoutTheModule() throws Exception {
        assertThat(program())
                .contains(
                        "APPLICATION FAILED TO START",
                        "the JVM's module jdk.incubator.vector, which this JVM was started without",
                        "java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED"
                                + " -jar",
                        "JDK_JAVA_OPTIONS");
    }

    @Test
    void saysNothingWhereTheModuleIsThere() throws Exception {
        assertThat(program("--add-modules", "jdk.incubator.vector"))
                .contains("384")
                .doesNotContain("APPLICATION FAILED TO START");
    }
}

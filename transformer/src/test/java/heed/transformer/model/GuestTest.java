package heed.transformer.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Heed in the processes of others, each of which is a fresh JVM. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class GuestTest {
    private static final String VECTORS = "jdk.incubator.vector";

    @TempDir private Path folder;

    /** What the JVM prints of {@link Guest}, which is alone in a folder. */
    private String guest(List<String> flags, String... arguments)
            throws IOException, InterruptedException {
        String name = Guest.class.getName().replace('.', '/') + ".class";
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        try (var stream = Guest.class.getClassLoader().getResourceAsStream(name)) {
            Files.write(file, stream.readAllBytes());
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", folder.toString(), Guest.class.getName()));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectOutput(output.toFile())
                        .start();
        process.waitFor();
        return Files.readString(output, StandardCharsets.UTF_8).strip();
    }

    /**
     * As Spring Boot starts an application: threads of the common pool know another class loader.
     */
    @Test
    void worksInAClassLoaderOfItsOwn() throws Exception {
        assertThat(guest(List.of("--add-modules", VECTORS), System.getProperty("java.class.path")))
                .isEqualTo("384");
    }

    @Test
    void saysWhichFlagIsMissing() throws Exception {
        assertThat(guest(List.of(), System.getProperty("java.class.path")))
                .isEqualTo(
                        "java.lang.IllegalStateException: Heed computes with the JVM's vector module: start java with"
                                + " --add-modules jdk.incubator.vector, or set the environment variable JDK_JAVA_OPTIONS"
                                + " to --add-modules=jdk.incubator.vector");
    }

    @Test
    void saysWhereTheDefaultModelIs() throws Exception {
        String without =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> !entry.contains("minilm"))
                        .collect(Collectors.joining(File.pathSeparator));
        assertThat(guest(List.of("--add-modules", VECTORS), without))
                .endsWith(
                        "there is no heed-minilm/all-minilm-l6-v2.onnx: add heed-minilm to the class path"
                                + " (on the module path: requires heed.minilm), or open a file");
    }

    /** All that is needed is what the modules say of themselves. */
    @Test
    void worksOnTheModulePath() throws Exception {
        String modules =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> !entry.endsWith("test-classes"))
                        .filter(entry -> !isOfTestsAlone(entry))
                        .collect(Collectors.joining(File.pathSeparator));
        // Its package is the module's: a class on the class path would not be seen beside it.
        Path program = folder.resolve("Program.java");
        Files.writeString(
                program,
                """
                import heed.transformer.embed.TextEmbedder;
                import java.util.List;

                public class Program {
                    public static void main(String[] args) throws Exception {
                        try (TextEmbedder embedder = TextEmbedder.open("minilm")) {
                            System.out.println(embedder.embed(List.of("who needs whom"))[0].length);
                        }
                    }
                }
                """);
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-p",
                                modules,
                                "--add-modules",
                                "heed.transformer,heed.minilm",
                                program.toString())
                        .redirectError(folder.resolve("errors").toFile())
                        .redirectOutput(folder.resolve("output").toFile())
                        .start();
        process.waitFor();
        assertThat(Files.readString(folder.resolve("output")).strip())
                .as(Files.readString(folder.resolve("errors")))
                .isEqualTo("384");
    }

    private static boolean isOfTestsAlone(String entry) {
        String name = Path.of(entry).getFileName().toString();
        return List.of("junit", "jazzer", "assertj", "archunit", "opentest4j", "apiguardian")
                .stream()
                .anyMatch(name::startsWith);
    }
}

package heed.app.start;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher in bin/ of a distribution, and what it keeps for fast starts in the user's cache.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LauncherTest {
    private static final List<String> COMMAND = List.of("embed", "who needs whom");

    /** No folder can be made in a file. */
    private static final Path NOWHERE = Path.of("/dev/null");

    @TempDir private static Path distribution;

    @TempDir private static Path caches;

    private static String expected = "";

    @BeforeAll
    static void assemble() throws Exception {
        Path bin = Files.createDirectories(distribution.resolve("bin"));
        Path lib = Files.createDirectories(distribution.resolve("lib"));
        Files.copy(Path.of("..", "heed").toAbsolutePath().normalize(), bin.resolve("heed"));
        assertThat(bin.resolve("heed").toFile().setExecutable(true)).isTrue();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (path.endsWith("classes")) {
                String module = String.valueOf(path.resolve("../..").normalize().getFileName());
                jar(path, lib.resolve("heed-" + module + "-test.jar"));
            } else if (entry.endsWith(".jar")) {
                Files.copy(path, lib.resolve(path.getFileName()));
            }
        }
        Printed slow = finish(start(NOWHERE, ""));
        assertThat(slow.err()).isEmpty();
        assertThat(slow.out()).startsWith("{\"text\"");
        expected = slow.out();
        Running one = start(caches, "");
        Running other = start(caches, "");
        assertThat(List.of(finish(one), finish(other))).containsOnly(new Printed(0, expected, ""));
        made(caches);
    }

    private static void jar(Path classes, Path file) throws IOException {
        try (OutputStream stream = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(stream);
                Stream<Path> all = Files.walk(classes)) {
            jar.setLevel(Deflater.NO_COMPRESSION);
            for (Path source : all.filter(Files::isRegularFile).sorted().toList()) {
                jar.putNextEntry(new JarEntry(classes.relativize(source).toString()));
                Files.copy(source, jar);
                jar.closeEntry();
            }
        }
    }

    /** A run that goes on, and the files that get what it prints. */
    private record Running(Process process, Path out, Path err) {}

    /** What a run printed. */
    private record Printed(int exit, String out, String err) {}

    private static Running start(Path cache, String flags) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(distribution.resolve("bin/heed").toString());
        command.addAll(COMMAND);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        builder.environment().put("HEED_JAVA_OPTS", flags);
        Path out = Files.createTempFile("heed", ".out");
        Path err = Files.createTempFile("heed", ".err");
        return new Running(
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out, err);
    }

    private static Printed finish(Running running) throws Exception {
        int exit = running.process().waitFor();
        Printed printed =
                new Printed(exit, Files.readString(running.out()), Files.readString(running.err()));
        Files.delete(running.out());
        Files.delete(running.err());
        return printed;
    }

    /** It prints what it always does, and nothing else. */
    private static void runs(Path cache) throws Exception {
        assertThat(finish(start(cache, ""))).isEqualTo(new Printed(0, expected, ""));
    }

    private static boolean isFast(Path cache) throws Exception {
        return finish(start(cache, "-XX:+PrintCommandLineFlags")).out().contains("-XX:AOTCache=");
    }

    /** The folder of what was made, once nothing is being made any more. */
    private static Path made(Path cache) throws Exception {
        Path starts = cache.resolve("heed/start");
        while (true) {
            List<Path> found = folders(starts);
            assertThat(found).noneMatch(folder -> Files.exists(folder.resolve("failed")));
            Optional<Path> last =
                    found.stream().max(Comparator.comparingLong(LauncherTest::changed));
            if (last.isPresent() && Files.exists(last.get().resolve("sizes"))) {
                return last.get();
            }
            Thread.sleep(100);
        }
    }

    private static long changed(Path folder) {
        return folder.toFile().lastModified();
    }

    private static List<Path> folders(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    /** What two first times at once have made. */
    @Test
    void startsFast() throws Exception {
        runs(caches);
        assertThat(isFast(caches)).isTrue();
    }

    @Test
    void whatWasCutOffIsMadeAgain() throws Exception {
        Path vectors = made(caches).resolve("vector.jar");
        try (FileChannel channel = FileChannel.open(vectors, StandardOpenOption.WRITE)) {
            channel.truncate(1000);
        }
        assertThat(isFast(caches)).isFalse();
        while (Files.size(vectors) <= 1000) {
            Thread.sleep(100);
        }
        made(caches);
        assertThat(isFast(caches)).isTrue();
    }

    /** The JVM looks at what its cache begins with. */
    @Test
    void aCacheThatIsNoneIsPassedOver() throws Exception {
        Path cache = made(caches).resolve("heed.aot");
        byte[] whole = Files.readAllBytes(cache);
        Files.write(cache, new byte[whole.length]);
        runs(caches);
        Files.write(cache, whole);
    }

    @Test
    void otherJarsHaveAnother() throws Exception {
        Path first = made(caches);
        Path jar = distribution.resolve("lib/heed-app-test.jar");
        FileTime before = Files.getLastModifiedTime(jar);
        Files.setLastModifiedTime(jar, FileTime.fromMillis(0));
        try {
            assertThat(isFast(caches)).isFalse();
            while (made(caches).equals(first)) {
                Thread.sleep(100);
            }
            runs(caches);
            assertThat(isFast(caches)).isTrue();
            Path second = made(caches);
            for (Path file : folders(second)) {
                Files.delete(file);
            }
            Files.delete(second);
        } finally {
            Files.setLastModifiedTime(jar, before);
        }
    }
}

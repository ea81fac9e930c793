package heed.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Another JVM of the same class path. */
final class ChildJvm {
    /** Names the folder that the launcher starts a JVM with. */
    private static final String START = "heed.start";

    private final List<String> flags = new ArrayList<>();
    private String classPath = System.getProperty("java.class.path");
    private final Class<?> main;
    private final List<String> arguments;

    /** The JVM that runs a class with the flags of the {@code heed} command. */
    ChildJvm(Class<?> main, List<String> arguments) {
        this.main = main;
        this.arguments = arguments;
        flags.addAll(
                List.of(
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow"));
        String more = System.getenv("HEED_JAVA_OPTS");
        if (more != null && !more.isBlank()) {
            flags.addAll(List.of(more.strip().split("\\s+")));
        }
    }

    /** Started as the launcher starts a command that ends soon, if it can be. */
    ChildJvm startedByLauncher() {
        String start = System.getProperty(START, "");
        if (start.isEmpty()) {
            return this;
        }
        flags.remove("--add-modules=jdk.incubator.vector");
        flags.addFirst("@" + start + "/brief");
        flags.addFirst("@" + start + "/flags");
        // What the archive knows comes first.
        classPath = commandsClassPath(Path.of(start)) + File.pathSeparator + classPath;
        return this;
    }

    /** Of a file of two lines: the flag, and its value in quotes. */
    private static String commandsClassPath(Path start) {
        try {
            String quoted = Files.readAllLines(start.resolve("classpath")).getLast();
            return quoted.substring(1, quoted.length() - 1).replaceAll("\\\\(.)", "$1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With more flags. */
    ChildJvm with(String... more) {
        flags.addAll(List.of(more));
        return this;
    }

    /** Runs it and returns what it printed. */
    String output() {
        try {
            ProcessBuilder builder = new ProcessBuilder(command());
            builder.redirectError(Redirect.DISCARD);
            Process process = builder.start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            check(process.waitFor());
            return output.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs it with more environment; what it prints goes where ours goes. */
    void run(Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command());
            builder.environment().putAll(environment);
            check(builder.inheritIO().start().waitFor());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.add("-cp");
        command.add(classPath);
        command.add(main.getName());
        command.addAll(arguments);
        return command;
    }

    private void check(int status) {
        if (status != 0) {
            throw new IllegalStateException(
                    "%s ended with status %d".formatted(main.getSimpleName(), status));
        }
    }
}

package heed.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Python process that does what it is told, a line for each piece of work. */
final class PythonWorker implements AutoCloseable {
    private static final Path BENCH = Path.of(System.getProperty("heed.bench", "bench"));

    private final Process process;
    private final PrintWriter to;
    private final BufferedReader from;

    /**
     * Starts a script of this folder and waits until it is ready.
     *
     * @param environment a folder with a Python of its own, below {@link #prepared}
     * @param variables of the environment that the process gets; an empty one is taken away
     */
    PythonWorker(
            String environment, String script, Map<String, String> variables, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(python(environment).toString());
        command.add(BENCH.resolve(script).toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        variables.forEach(
                (name, value) -> {
                    if (value.isEmpty()) {
                        builder.environment().remove(name);
                    } else {
                        builder.environment().put(name, value);
                    }
                });
        try {
            process = builder.redirectError(Redirect.DISCARD).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        to = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
        from =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        expect("ready");
    }

    /** Where the scripts that prepare peers put things. */
    static Path prepared() {
        return BENCH.resolve("target");
    }

    /** Whether an environment was prepared. */
    static boolean isHere(String environment) {
        return Files.isExecutable(python(environment));
    }

    private static Path python(String environment) {
        return prepared().resolve(environment).resolve("bin").resolve("python");
    }

    /**
     * Has it do a piece of work.
     *
     * @param answer the word that its answer begins with
     * @return what is behind that word
     */
    String run(String work, String answer) {
        to.println(work);
        return expect(answer);
    }

    private String expect(String word) {
        try {
            String line = from.readLine();
            if (line == null || !(line + " ").startsWith(word + " ")) {
                throw new IllegalStateException(
                        "the Python process said '%s', not '%s'".formatted(line, word));
            }
            return line.substring(word.length()).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}

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

/** llama.cpp, in a Python process of its own that does what it is told. */
final class LlamaCpp implements Contender {
    /** Where {@code bench/prepare-llama-cpp} puts things. */
    private static final Path PREPARED =
            Path.of(System.getProperty("heed.bench", "bench"), "target");

    private static final Path PYTHON = PREPARED.resolve("llama-cpp/bin/python");

    private final String name;
    private final String work;
    private final Process process;
    private final PrintWriter to;
    private final BufferedReader from;

    /**
     * Opens a model.
     *
     * @param work a line that {@code llama_cpp_worker.py} understands
     */
    LlamaCpp(String format, String work, int threads) {
        this.name = "llama.cpp, " + format;
        this.work = work;
        ProcessBuilder builder =
                new ProcessBuilder(
                        PYTHON.toString(),
                        PREPARED.resolveSibling("llama_cpp_worker.py").toString(),
                        model(format).toString(),
                        String.valueOf(threads));
        // Its threads meet so often that one that sleeps in between makes it three times slower.
        builder.environment().remove("OMP_WAIT_POLICY");
        try {
            process = builder.redirectError(Redirect.DISCARD).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        to = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
        from =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        await("ready");
    }

    /** Whether it was prepared. */
    static boolean isHere() {
        return Files.isExecutable(PYTHON) && Files.exists(model("Q4_0"));
    }

    /** SmolLM2-135M in a format. */
    static Path model(String format) {
        return PREPARED.resolve("SmolLM2-135M-Instruct.%s.gguf".formatted(format));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void run() {
        to.println(work);
        await("done");
    }

    @Override
    public float[] result() {
        throw new UnsupportedOperationException("its activations are rounded: results differ");
    }

    private void await(String word) {
        try {
            String line = from.readLine();
            if (!word.equals(line)) {
                throw new IllegalStateException(
                        "llama.cpp said '%s', not '%s'".formatted(line, word));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}

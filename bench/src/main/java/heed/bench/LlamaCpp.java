package heed.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** llama.cpp, in a Python process of its own that does what it is told. */
final class LlamaCpp implements Contender {
    private static final String ENVIRONMENT = "llama-cpp";

    private final String name;
    private final String work;
    private final PythonWorker worker;

    /**
     * Opens a model.
     *
     * @param work a line that {@code llama_cpp_worker.py} understands
     */
    LlamaCpp(String format, String work, int threads) {
        this.name = "llama.cpp, " + format;
        this.work = work;
        // Its threads meet so often that one that sleeps in between makes it three times slower.
        this.worker =
                new PythonWorker(
                        ENVIRONMENT,
                        "llama_cpp_worker.py",
                        Map.of("OMP_WAIT_POLICY", ""),
                        List.of(model(format).toString(), String.valueOf(threads)));
    }

    /** Whether it was prepared. */
    static boolean isHere() {
        return PythonWorker.isHere(ENVIRONMENT) && Files.exists(model("Q4_0"));
    }

    /** SmolLM2-135M in a format. */
    static Path model(String format) {
        return PythonWorker.prepared().resolve("SmolLM2-135M-Instruct.%s.gguf".formatted(format));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void run() {
        var _ = worker.run(work, "done");
    }

    @Override
    public float[] result() {
        throw new UnsupportedOperationException("its activations are rounded: results differ");
    }

    @Override
    public void close() {
        worker.close();
    }
}

package heed.springai;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/** Says how to start a program that failed since its JVM lacks the module of vectors. */
final class VectorModuleFailureAnalyzer implements FailureAnalyzer {
    private static final String MODULE = "jdk.incubator.vector";

    private static final String ACTION =
            """
            Start it with the module:

                java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -jar …

            or set the environment variable JDK_JAVA_OPTIONS to

                --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED

            which the java command reads wherever it runs, in a container too.""";

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        if (ModuleLayer.boot().findModule(MODULE).isPresent()) {
            return null;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (cause instanceof IllegalStateException
                    && message != null
                    && message.startsWith("Heed")
                    && message.contains(MODULE)) {
                return new FailureAnalysis(
                        "Heed computes its embeddings with the JVM's module %s, which this JVM was started without."
                                .formatted(MODULE),
                        ACTION,
                        cause);
            }
        }
        return null;
    }
}

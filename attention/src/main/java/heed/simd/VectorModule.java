package heed.simd;

/** The JVM's module of vectors, which a program has only if a flag of its JVM says so. */
public final class VectorModule {
    private static final String NAME = "jdk.incubator.vector";

    private static final boolean IS_HERE = isHere();

    private static boolean isHere() {
        try {
            var _ =
                    Class.forName(
                            NAME + ".FloatVector", false, VectorModule.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * Asks for the module. Without this, the first use of a vector would be a NoClassDefFoundError.
     *
     * @throws IllegalStateException if it is not there; the message says what to do
     */
    public static void require() {
        if (!IS_HERE) {
            throw new IllegalStateException(
                    "Heed computes with the JVM's vector module: start java with --add-modules "
                            + NAME
                            + ", or set the environment variable JDK_JAVA_OPTIONS to --add-modules="
                            + NAME);
        }
    }

    private VectorModule() {}
}

package heed.app.start;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;

/**
 * The classes of the JVM's vector module in a jar, which the boot class path can be given. A JVM
 * that resolves an incubating module does without its archived module graph, and so without what an
 * AOT cache holds beside the bytes of classes: classes that are linked, and profiles.
 */
final class VectorJar {
    private static final String MODULE = "jdk.incubator.vector";

    /**
     * Writes the jar of the JVM that runs this.
     *
     * @param args the file
     */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]));
    }

    static void write(Path file) throws IOException {
        Path module = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules", MODULE);
        try (OutputStream stream = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(stream)) {
            jar.setLevel(Deflater.NO_COMPRESSION);
            for (Path source : classes(module)) {
                jar.putNextEntry(new JarEntry(module.relativize(source).toString()));
                Files.copy(source, jar);
                jar.closeEntry();
            }
        }
    }

    private static List<Path> classes(Path module) throws IOException {
        try (Stream<Path> files = Files.walk(module)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("module-info.class"))
                    .sorted()
                    .toList();
        }
    }

    private VectorJar() {}
}

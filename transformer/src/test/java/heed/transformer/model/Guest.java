package heed.transformer.model;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A program that has nothing but Java, and finds Heed where it is told: in a class loader of its
 * own, over the class path that is its argument, or without one where the JVM has Heed. Prints how
 * long a vector of MiniLM is, or why there is none.
 */
public final class Guest {
    private Guest() {}

    public static void main(String[] args) throws Exception {
        ClassLoader loader = args.length == 0 ? Guest.class.getClassLoader() : loader(args[0]);
        Thread.currentThread().setContextClassLoader(loader);
        try {
            Class<?> embedder = loader.loadClass("heed.transformer.embed.TextEmbedder");
            Object opened = embedder.getMethod("open", String.class).invoke(null, "minilm");
            float[][] vectors =
                    (float[][])
                            embedder.getMethod("embed", List.class)
                                    .invoke(opened, List.of("who needs whom"));
            System.out.println(vectors[0].length);
        } catch (InvocationTargetException e) {
            System.out.println(e.getCause());
        }
    }

    /** As an application server has one: nothing of it is on the class path of the JVM. */
    private static ClassLoader loader(String classPath) {
        URL[] urls =
                Arrays.stream(classPath.split(File.pathSeparator))
                        .map(Guest::url)
                        .toArray(URL[]::new);
        return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
    }

    private static URL url(String path) {
        try {
            return Path.of(path).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }
}

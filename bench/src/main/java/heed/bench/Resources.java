package heed.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What lies on the class path. */
final class Resources {

    /** A property of a properties file, "unknown" if either is missing. */
    static String property(String file, String name) {
        try (InputStream stream = Resources.class.getClassLoader().getResourceAsStream(file)) {
            Properties properties = new Properties();
            if (stream != null) {
                properties.load(stream);
            }
            return properties.getProperty(name, "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Resources() {}
}

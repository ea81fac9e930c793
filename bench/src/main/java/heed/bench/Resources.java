package heed.bench;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What lies on the class path. */
final class Resources {

    /** A property of a properties file, "unknown" if either is missing. */
    static String property(String file, String name) {
        try {
            Properties properties = new Properties();
            properties.load(new ByteArrayInputStream(bytes(file)));
            return properties.getProperty(name, "unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }

    /**
     * The bytes of a resource.
     *
     * @throws FileNotFoundException if there is none of this name
     */
    static byte[] bytes(String file) throws IOException {
        try (InputStream stream = Resources.class.getClassLoader().getResourceAsStream(file)) {
            if (stream == null) {
                throw new FileNotFoundException(file + " is not on the class path");
            }
            return stream.readAllBytes();
        }
    }

    private Resources() {}
}
